import Runtime
import Transport

/// Asks a running gateway, as the commands about it do; on a loop that lives for this one request.
func fetch(_ request: GatewayQuery.Request) async throws -> (status: Int, body: [UInt8]) {
    let group = try EventLoopGroup(count: 1)
    defer { group.shutdown() }
    let loop = group.loops[0]
    return try await withTaskExecutorPreference(loop) { try await fetch(request, on: loop) }
}

/// Runs on the loop, and closes the client before it returns.
private func fetch(
    _ request: GatewayQuery.Request, on loop: EventLoop
) async throws -> (status: Int, body: [UInt8]) {
    // The gateway is asked directly: a proxy is for what lies beyond the network.
    let client = HTTPClient(loop: loop, settings: HTTPClientSettings(trustEnvironmentProxy: false))
    defer { client.shutdown() }
    var headers: [(name: String, value: String)] = [("Accept", "application/json")]
    if let key = request.key { headers.append(("Authorization", "Bearer \(key)")) }
    let timeouts = HTTPClientTimeouts(connect: .seconds(5), head: .seconds(30), total: .seconds(60))
    let response = try await client.open(
        HTTPClientRequest(method: "GET", url: request.url, headers: headers, timeouts: timeouts))
    return (response.status, try await response.readAll(upTo: 64 << 20))
}
