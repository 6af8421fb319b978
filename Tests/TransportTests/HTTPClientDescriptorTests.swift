import Glibc
import Runtime
import Testing

@testable import Transport

/// In processes of their own, whose descriptors they use up.
@Suite(.serialized) struct HTTPClientDescriptorTests {
    @Test("without a free descriptor a request fails by that, with the limit, and goes through once there is one")
    func shortage() async {
        await #expect(processExitsWith: .success) {
            let server = try HTTPClientTestServer(answering: { _ in
                "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"
            })
            let url = server.url
            try await withHTTPClient { client in
                // What the process opens once is open.
                _ = try await client.fetch(HTTPClientRequest(url: url, body: [65]))
                let taken = takeDescriptors(limit: 256)
                for target in [url, "http://a-host-of-no-network.invalid/"] {
                    let error = await clientError { () throws(HTTPClientError) in
                        _ = try await client.open(HTTPClientRequest(url: target, body: [66]))
                    }
                    precondition(error?.kind == .descriptorShortage(DescriptorShortage(limit: 256)))
                    precondition(error?.sent == false && error?.message.contains("256") == true)
                }
                for copy in taken { close(copy) }
                let answer = try await client.fetch(HTTPClientRequest(url: url, body: [67]))
                precondition(answer.text == "ok")
            }
            server.stop()
        }
    }
}

/// Opens descriptors until there are no more.
private func takeDescriptors(limit: UInt) -> [CInt] {
    var bound = rlimit(rlim_cur: limit, rlim_max: limit)
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &bound)
    var taken: [CInt] = []
    while case let copy = dup(0), copy >= 0 { taken.append(copy) }
    return taken
}
