import Runtime

// Before anything starts a thread: a single thread without the mask would take the signals that the gateway waits for.
ProcessSignal.blockInProcess()
await runLipProcess()
