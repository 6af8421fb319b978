import Testing

@testable import lip

@Suite("Durations, sizes and token counts")
struct QuantityTextTests {
    @Test(
        "durations have a unit",
        arguments: [
            ("300ms", Duration.milliseconds(300)), ("1.5s", .milliseconds(1500)), ("2m", .seconds(120)),
            ("1h", .seconds(3600)), ("1h30m", .seconds(5400)), ("0s", .zero), ("0.25ms", .microseconds(250)),
        ])
    func durations(_ text: String, _ expected: Duration) throws {
        #expect(try DurationText.parse(text) == expected)
    }

    @Test(
        "what is no duration is told why",
        arguments: [
            ("15", "a duration needs a unit"), ("1.5", "a duration needs a unit"), ("s", "expected a duration"),
            ("", "expected a duration"), ("-1s", "expected a duration"), ("1d", "unknown unit \"d\""),
            ("1 s", "unknown unit"), ("1.s", "expected a duration"), (".5s", "expected a duration"),
            ("1s2", "a duration needs a unit"), ("9999999999h", "is too long"), ("1e3s", "unknown unit"),
        ])
    func badDurations(_ text: String, _ message: String) throws {
        let error = #expect(throws: QuantityError.self) { try DurationText.parse(text) }
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    }

    @Test("a bare number is told with its two likely meanings")
    func bareNumber() throws {
        let error = #expect(throws: QuantityError.self) { try DurationText.parse("15") }
        #expect(error?.suggestion == "did you mean 15s or 15ms?")
    }

    @Test(
        "a duration is shown in a form that reads back as itself",
        arguments: ["0ms", "800ms", "1s", "1.5s", "1.025s", "59s", "2m", "90s", "1h", "1h30m"])
    func format(_ text: String) throws {
        let duration = try DurationText.parse(text)
        #expect(try DurationText.parse(DurationText.format(duration)) == duration)
        #expect(DurationText.format(.milliseconds(1500)) == "1.5s")
        #expect(DurationText.format(.seconds(120)) == "2m")
    }

    @Test(
        "sizes are bytes or have a binary unit",
        arguments: [
            ("0", 0), ("1048576", 1 << 20), ("64KiB", 64 << 10), ("32MiB", 32 << 20), ("1GiB", 1 << 30), ("7B", 7),
        ])
    func sizes(_ text: String, _ expected: Int) throws {
        #expect(try SizeText.parse(text) == expected)
    }

    @Test(
        "what is no size is told why, with the likely unit",
        arguments: [
            ("32MB", "did you mean 32MiB?"), ("32mib", "did you mean 32MiB?"), ("64k", "did you mean 64KiB?"),
            ("5 apples", nil), ("1.5MiB", nil), ("MiB", nil), ("-1", nil), ("99999999999999999999", nil),
        ])
    func badSizes(_ text: String, _ suggestion: String?) throws {
        let error = #expect(throws: QuantityError.self) { try SizeText.parse(text) }
        #expect(error?.suggestion == suggestion)
    }

    @Test("token counts are whole, with K and M", arguments: [("1", 1), ("128K", 128_000), ("1m", 1_000_000)])
    func tokens(_ text: String, _ expected: Int) throws {
        #expect(try TokenCountText.parse(text) == expected)
    }

    @Test("what is no token count is refused", arguments: ["0", "", "K", "1.5K", "10G", "9223372036854775807K"])
    func badTokens(_ text: String) {
        #expect(throws: QuantityError.self) { try TokenCountText.parse(text) }
    }
}
