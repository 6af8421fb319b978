import Gateway

/// Runs the gateway until it is told to stop: the composition root.
///
/// - Throws: what kept it from starting.
func serve(_ configuration: Configuration) async throws {
}
