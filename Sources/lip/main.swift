runLipProcess()
