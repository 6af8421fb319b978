import Transport

/// A value of a log field.
package enum LogValue: Sendable {
    case string(String)
    case integer(Int)
    case number(Double)
    case flag(Bool)
}

/// Writes structured log lines, JSON or text, to a sink that may be called from any thread.
///
/// Secrets never reach it: they are `Secret` values, which print as `<redacted>`.
package struct Logger: Sendable {
    package typealias Level = LoggingConfiguration.Level
    package typealias Format = LoggingConfiguration.Format

    package var level: Level
    package var format: Format
    /// Takes one line with its newline; must not block.
    private let sink: @Sendable (_ line: [UInt8]) -> Void

    package init(level: Level, format: Format, sink: @escaping @Sendable (_ line: [UInt8]) -> Void) {
        self.level = level
        self.format = format
        self.sink = sink
    }

    /// A logger that writes nothing.
    package static let silent = Logger(level: .error, format: .json) { _ in }

    /// Writes one line, unless its level is below the logger's; the fields are built only when it is written.
    package func log(_ level: Level, _ message: String, _ fields: @autoclosure () -> [(String, LogValue)] = []) {
        guard level >= self.level else { return }
        sink(Self.line(Timestamp.now(), level, message, fields(), format))
    }

    static func line(
        _ time: Timestamp, _ level: Level, _ message: String, _ fields: [(String, LogValue)], _ format: Format
    ) -> [UInt8] {
        switch format {
        case .json: jsonLine(time, level, message, fields)
        case .text: textLine(time, level, message, fields)
        }
    }

    private static func jsonLine(
        _ time: Timestamp, _ level: Level, _ message: String, _ fields: [(String, LogValue)]
    ) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("time")
        writer.string(time.text)
        writer.key("level")
        writer.string(level.rawValue)
        writer.key("msg")
        writer.string(message)
        for (key, value) in fields {
            writer.key(key)
            switch value {
            case .string(let text): writer.string(text)
            case .integer(let number): writer.int(number)
            case .number(let number): writer.double(number)
            case .flag(let flag): writer.bool(flag)
            }
        }
        writer.endObject()
        return writer.bytes + [UInt8(ascii: "\n")]
    }

    private static func textLine(
        _ time: Timestamp, _ level: Level, _ message: String, _ fields: [(String, LogValue)]
    ) -> [UInt8] {
        var line = "\(time.text) \(level.rawValue.uppercased()) \(message)"
        for (key, value) in fields {
            switch value {
            case .string(let text): line += " \(key)=\(quoted(text))"
            case .integer(let number): line += " \(key)=\(number)"
            case .number(let number): line += " \(key)=\(number)"
            case .flag(let flag): line += " \(key)=\(flag)"
            }
        }
        return Array((line + "\n").utf8)
    }

    /// A value as one word: quoted when it holds blanks or quotes, and never able to start a line of its own.
    private static func quoted(_ text: String) -> String {
        let plain = text.utf8.allSatisfy { $0 > 0x20 && $0 != UInt8(ascii: "\"") && $0 != 0x7f } && !text.isEmpty
        return plain ? text : text.debugDescription
    }
}
