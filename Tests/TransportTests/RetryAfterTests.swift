import Testing

@testable import Transport

@Suite struct RetryAfterTests {
    /// Sun, 06 Nov 1994 08:49:37 GMT.
    static let now: Int64 = 784_111_777

    private func delay(_ fields: (String, String)...) -> Duration? {
        RetryAfter.delay(in: HTTPHeaders(fields), at: Self.now)
    }

    @Test(
        "a number of seconds, whole or with a fraction, is waited for",
        arguments: [
            ("0", Duration.zero), ("7", .seconds(7)), ("007", .seconds(7)), ("1.5", .milliseconds(1500)),
            ("0.0001", .milliseconds(1)), ("3600", .seconds(3600)), ("2147483648", .seconds(2_147_483_648)),
        ])
    func seconds(text: String, delay: Duration) {
        #expect(self.delay(("Retry-After", text)) == delay)
    }

    @Test(
        "a number that is too large is a very long time, as a date that is far off",
        arguments: [
            "99999999999999", "18446744073709551616", String(repeating: "9", count: 400), "99999999999999999.5",
        ])
    func overflow(text: String) {
        #expect(delay(("Retry-After", text)) == RetryAfter.delayMax)
        #expect(delay(("Retry-After-Ms", "999" + text)) == RetryAfter.delayMax)
    }

    @Test("a long time counts as what it is up to thousands of years")
    func longDelays() {
        #expect(delay(("Retry-After", "99999999999")) == .seconds(99_999_999_999))
        let date = delay(("Retry-After", "Fri, 31 Dec 9999 23:59:59 GMT"))
        #expect(date.map { $0 > .seconds(250_000_000_000) && $0 <= RetryAfter.delayMax } == true)
    }

    @Test(
        "what is neither digits nor a date counts as absent",
        arguments: [
            "", "0x5", "1e1", "+5", "-5", "5s", "5 s", "1.", ".5", "1.2.3", "1,5", "inf", "nan", "infinity", "soon",
            "٣", "1_000", "20261120 10:00", "08:49:37",
        ])
    func nonsense(text: String) {
        #expect(delay(("Retry-After", text)) == nil)
        #expect(delay(("retry-after-ms", text)) == nil)
        #expect(delay(("retry-after-ms", text), ("Retry-After", "2")) == .seconds(2))
    }

    @Test(
        "each form of an HTTP date is compared with the wall clock",
        arguments: [
            "Sun, 06 Nov 1994 08:50:07 GMT", "Sunday, 06-Nov-94 08:50:07 GMT", "Sun Nov  6 08:50:07 1994",
        ])
    func dates(text: String) {
        #expect(delay(("Retry-After", text)) == .seconds(30))
    }

    @Test("a date that has passed is a wish for nothing")
    func pastDate() {
        #expect(delay(("Retry-After", "Sun, 06 Nov 1994 08:49:07 GMT")) == .zero)
    }

    @Test("milliseconds are finer and win")
    func milliseconds() {
        #expect(delay(("Retry-After", "2"), ("retry-after-ms", "1250")) == .milliseconds(1250))
        #expect(delay(("retry-after-ms", "0.5")) == .milliseconds(1))
    }

    @Test("without a field there is no wish")
    func absent() {
        #expect(delay() == nil)
    }
}
