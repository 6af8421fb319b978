import Gateway
import Transport

/// A question of a command to a running gateway.
struct GatewayQuery {
    /// What the transport sends.
    struct Request: Hashable {
        var url: String
        /// The client key to present.
        var key: String?
    }

    /// Why there is no answer, in words for a person.
    struct Refusal: Error, Hashable {
        var message: String
    }

    /// The environment variable that holds the client key, so that no list of processes shows it.
    static let keyVariable = "LIP_API_KEY"

    /// The longest reason that is shown, in bytes.
    private static let reasonBytesMax = 1024

    /// The gateway, without a slash at the end.
    let base: String
    let key: String?
    /// Sends a GET; the status and the body, or why there is none.
    let fetch: (Request) async throws -> (status: Int, body: [UInt8])

    init(
        _ arguments: CommandLineArguments, _ host: HostAccess,
        fetch: @escaping (Request) async throws -> (status: Int, body: [UInt8])
    ) {
        let url = arguments.url ?? "http://\(ServerAddress.default)"
        base = url.hasSuffix("/") ? String(url.dropLast()) : url
        key = arguments.apiKey ?? host.variable(Self.keyVariable)
        self.fetch = fetch
    }

    /// The JSON at a path.
    ///
    /// - Parameter missing: What a 404 means.
    func ask(_ path: String, missing: String) async throws(Refusal) -> JSONDocument {
        let answer: (status: Int, body: [UInt8])
        do {
            answer = try await fetch(Request(url: base + path, key: key))
        } catch {
            throw Refusal(message: "cannot ask the gateway at \(base): \(error)")
        }
        switch answer.status {
        case 200: break
        case 401 where key != nil: throw Refusal(message: "the gateway at \(base) does not know the client key")
        case 401:
            throw Refusal(
                message: "the gateway asks for a key: put one of server.api_keys into \(Self.keyVariable)")
        case 403:
            throw Refusal(
                message: "the gateway at \(base) tells this to its own machine only, unless server.api_keys is set")
        case 404: throw Refusal(message: missing)
        case 503:
            let reason = String(decoding: answer.body.prefix(Self.reasonBytesMax), as: UTF8.self).split(separator: "\n")
            throw Refusal(message: "the gateway cannot tell now: \(reason.first ?? "it answered with status 503")")
        case let status: throw Refusal(message: "the gateway answered with status \(status)")
        }
        guard let document = try? JSONParser(limits: JSONLimits(documentBytesMax: 64 << 20)).parse(answer.body) else {
            throw Refusal(message: "what answered is not a gateway of this version")
        }
        return document
    }
}
