import Runtime
import Testing

@testable import Gateway

@Suite struct LoggerTests {
    @Test(
        "a timestamp is RFC 3339 in UTC",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (951_782_400_000_000_000, "2000-02-29T00:00:00.000Z"),
            (1_709_251_199_999_000_000, "2024-02-29T23:59:59.999Z"),
            (1_735_689_600_050_000_000, "2025-01-01T00:00:00.050Z"),
        ])
    func timestamp(nanoseconds: Int64, text: String) {
        #expect(Timestamp(nanoseconds: nanoseconds).text == text)
    }

    @Test("a JSON line keeps the order of its fields and escapes what a client sent")
    func jsonLine() {
        let line = Logger.line(
            Timestamp(nanoseconds: 0), .info, "http.access",
            [("model", .string("a\"\n")), ("status", .integer(200)), ("stream", .flag(true))], .json)
        #expect(
            String(decoding: line, as: UTF8.self)
                == #"{"time":"1970-01-01T00:00:00.000Z","level":"info","msg":"http.access","model":"a\"\n","status":200,"stream":true}"#
                + "\n")
    }

    @Test("a text line cannot be split by a value")
    func textLine() {
        let line = Logger.line(
            Timestamp(nanoseconds: 0), .warn, "odd", [("model", .string("a\nb c")), ("plain", .string("x"))], .text)
        #expect(
            String(decoding: line, as: UTF8.self) == "1970-01-01T00:00:00.000Z WARN odd model=\"a\\nb c\" plain=x\n")
    }

    @Test("lines below the level are neither written nor built")
    func level() {
        let lines = Locked<[[UInt8]]>([])
        let logger = Logger(level: .warn, format: .json) { line in lines.withLock { $0.append(line) } }
        logger.log(
            .info, "quiet",
            [
                (
                    "built",
                    .string(
                        {
                            Issue.record("built for nothing"); return ""
                        }())
                )
            ])
        logger.log(.error, "loud")
        #expect(lines.withLock { $0.count } == 1)
    }
}
