await runLipProcess()
