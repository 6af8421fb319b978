import Dialects
import Routing
import Transport

/// `lip explain --from A --to B FILE`: where each field of a request goes in a translation, and what is lost.
struct ExplainCommand {
    /// The largest request that is read, in bytes.
    static let requestBytesMax = 32 << 20

    let streams: CommandStreams
    let host: HostAccess

    func run(_ arguments: CommandLineArguments) -> LipCommand.ExitCode {
        guard let path = arguments.requestPath, let source = arguments.source, let target = arguments.target else {
            preconditionFailure("the arguments were not checked")
        }
        let body: [UInt8]
        do throws(FileReadError) {
            body = path == "-" ? readStandardInput() : try host.readFile(path, Self.requestBytesMax)
        } catch {
            return fail("\(path): \(error.reason)")
        }
        do throws(Failure) {
            let model = arguments.model ?? "model"
            let trace = try FieldTrace(body, from: source, to: target, model: model)
            let refusal = refusal(of: try Translation.decode(body, from: source, model: model), by: target)
            if arguments.writesJSON {
                streams.writeLine(json(trace, refusal, source, target).pretty)
            } else {
                show(trace, source, target)
                if let refusal { streams.writeLine("\nREFUSED: \(refusal)") }
            }
            return .success
        } catch {
            // Most messages name the field themselves.
            let place = error.parameter.map { error.message.contains("'\($0)'") ? "" : " (\($0))" } ?? ""
            return fail(
                "\(path) cannot be translated from \(source.rawValue) to \(target.rawValue): \(error.message)\(place)")
        }
    }

    /// Why a gateway would not let the call come so far as to be translated; nil where it would.
    private func refusal(of call: Call, by target: DialectID) -> String? {
        // Of models nothing is known here.
        guard target == .acp, call.operation.isGeneration else { return nil }
        let lacking = call.requiredCapabilities.subtracting(.soft).subtracting(.ofAgents)
        guard !lacking.isEmpty else { return nil }
        return "the gateway answers 400, \(lacking.refusal.message), where no other leg is left. "
            + "What the backend's capabilities say that it has all the same goes to the agent as shown"
    }

    private func readStandardInput() -> [UInt8] {
        var body: [UInt8] = []
        while body.count <= Self.requestBytesMax {
            let piece = streams.read()
            if piece.isEmpty { break }
            body += piece
        }
        return body
    }

    private func fail(_ reason: String) -> LipCommand.ExitCode {
        streams.writeErrorLine("lip: \(reason)")
        return .failure
    }

    // MARK: Text

    private func show(_ trace: FieldTrace, _ source: DialectID, _ target: DialectID) {
        let width = min(48, trace.fields.map(\.path.count).max() ?? 0)
        for field in trace.fields {
            let blanks = String(repeating: " ", count: max(0, width - field.path.count))
            streams.writeLine("\(field.path)\(blanks)  \(words(field, source, target))")
        }
        if trace.leftOutCount > 0 {
            streams.writeLine("… and \(trace.leftOutCount) fields more, which were not followed")
        }
        streams.writeLine("")
        streams.writeLine("x-lip-dropped-fields: \(dropped(trace))")
        streams.writeLine("")
        streams.writeLine(pretty(trace.translated.body))
    }

    private func dropped(_ trace: FieldTrace) -> String {
        trace.translated.droppedFields.isEmpty ? "(none)" : trace.translated.droppedFields.joined(separator: ", ")
    }

    private func words(_ field: FieldTrace.Field, _ source: DialectID, _ target: DialectID) -> String {
        switch field.fate {
        case .goes(let places):
            let shown = places.prefix(3).joined(separator: ", ")
            return "-> \(shown)" + (places.count > 3 ? " and \(places.count - 3) more" : "")
        case .lost: return "LOST: \(reason(field.path, source, target))"
        case .silent: return "makes no difference by itself"
        }
    }

    /// Why a field is lost, as far as its name tells.
    private func reason(_ path: String, _ source: DialectID, _ target: DialectID) -> String {
        let name = path.split(separator: ".").last.map(String.init) ?? path
        let isSeal = ["signature", "thoughtSignature", "encrypted_content", "data"].contains(name)
        return isSeal
            ? "a seal or sealed block goes back only to the protocol that issued it"
            : "\(target.rawValue) has no place for it"
    }

    private func pretty(_ body: [UInt8]) -> String {
        guard let document = try? JSONDocument(parsing: body) else { return String(decoding: body, as: UTF8.self) }
        return JSONText(document.root).pretty
    }

    // MARK: JSON

    private func json(
        _ trace: FieldTrace, _ refusal: String?, _ source: DialectID, _ target: DialectID
    ) -> JSONText {
        let fields = trace.fields.map { field -> JSONText in
            switch field.fate {
            case .goes(let places):
                .object([
                    "path": .string(field.path), "fate": .string("mapped"), "to": .array(places.map { .string($0) }),
                ])
            case .lost:
                .object([
                    "path": .string(field.path), "fate": .string("lost"),
                    "reason": .string(reason(field.path, source, target)),
                ])
            case .silent: .object(["path": .string(field.path), "fate": .string("silent")])
            }
        }
        return .object([
            "from": .string(source.rawValue), "to": .string(target.rawValue),
            "refused": refusal.map { .string($0) }, "fields": .array(fields),
            "fields_not_followed": .int(trace.leftOutCount),
            "dropped_fields": .array(trace.translated.droppedFields.map { .string($0) }),
            "translated": .raw(String(decoding: trace.translated.body, as: UTF8.self)),
        ])
    }
}

extension JSONText {
    /// A value of a document, numbers as they stand.
    fileprivate init(_ value: JSONValue) {
        switch value.kind {
        case .object:
            self = .object(
                value.members.map { Member(name: $0.key.string ?? "", value: JSONText($0.value)) })
        case .array: self = .array(value.elements.map { JSONText($0) })
        case .null, .false, .true, .number, .string: self = .raw(String(decoding: value.raw, as: UTF8.self))
        }
    }
}
