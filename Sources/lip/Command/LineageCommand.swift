import Gateway
import Transport

/// `lip lineage A_LEG_ID`: what became of a client's conversation, as a tree of its attempts.
///
/// Asks the running gateway, which knows the turns that are not yet in its file.
struct LineageCommand {
    let streams: CommandStreams
    let gateway: GatewayQuery

    func run(_ arguments: CommandLineArguments) async -> LipCommand.ExitCode {
        let id = arguments.legID ?? ""
        do throws(GatewayQuery.Refusal) {
            let attempts = try await gateway.ask(
                "/admin/attempts?a_leg_id=\(Self.escaped(id))",
                missing: "the gateway does not know \(id), or no longer")
            return show(attempts, id: id, writesJSON: arguments.writesJSON)
        } catch {
            return fail(error.message)
        }
    }

    private func fail(_ reason: String) -> LipCommand.ExitCode {
        streams.writeErrorLine("lip: \(reason)")
        return .failure
    }

    private func show(_ document: JSONDocument, id: String, writesJSON: Bool) -> LipCommand.ExitCode {
        guard document.root.isArray else {
            return fail("what answered is not a gateway of this version")
        }
        if writesJSON {
            streams.writeLine(String(decoding: document.bytes, as: UTF8.self))
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
