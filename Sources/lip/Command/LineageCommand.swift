import Gateway
import Transport

/// `lip lineage A_LEG_ID`: what became of a client's conversation, as a tree of its attempts.
///
/// Asks the running gateway, which knows the turns that are not yet in its file.
struct LineageCommand {
    /// What a command asks of a running gateway.
    struct Request: Hashable {
        var url: String
        /// The client key to present; from the environment, so that no list of processes shows it.
        var key: String?
    }

    /// The environment variable that holds the client key.
    static let keyVariable = "LIP_API_KEY"

    let host: HostAccess
    let streams: CommandStreams
    /// Sends a GET; the status and the body, or why there is none.
    let fetch: (Request) async throws -> (status: Int, body: [UInt8])

    func run(_ arguments: CommandLineArguments) async -> LipCommand.ExitCode {
        let base = arguments.url ?? "http://\(ServerAddress.default)"
        let id = arguments.legID ?? ""
        let request = Request(
            url: "\(base.hasSuffix("/") ? String(base.dropLast()) : base)/admin/attempts?a_leg_id=\(Self.escaped(id))",
            key: host.variable(Self.keyVariable))
        let answer: (status: Int, body: [UInt8])
        do {
            answer = try await fetch(request)
        } catch {
            return fail("cannot ask the gateway at \(base): \(error)")
        }
        switch answer.status {
        case 200: return show(answer.body, id: id, writesJSON: arguments.writesJSON)
        case 401: return fail("the gateway asks for a key: put one of server.api_keys into \(Self.keyVariable)")
        case 404: return fail("the gateway does not know \(id), or no longer")
        case let status: return fail("the gateway answered with status \(status)")
        }
    }

    private func fail(_ reason: String) -> LipCommand.ExitCode {
        streams.writeErrorLine("lip: \(reason)")
        return .failure
    }

    private func show(_ body: [UInt8], id: String, writesJSON: Bool) -> LipCommand.ExitCode {
        guard let document = try? JSONParser().parse(body), document.root.isArray else {
            return fail("what answered is not a gateway of this version")
        }
        if writesJSON {
            streams.writeLine(String(decoding: body, as: UTF8.self))
        } else {
            streams.write(LineageTree(id: id, document.root).text)
        }
        return .success
    }

    /// The text as part of a query: all but letters, digits and `_` as escapes.
    private static func escaped(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF")
        return text.utf8.map { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                String(Unicode.Scalar(byte))
            default: "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
            }
        }.joined()
    }
}
