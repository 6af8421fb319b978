import Testing
import Transport

@testable import Gateway

@Suite struct CarriedHeadersTests {
    @Test(
        "a client sees a provider's limits and ids, and nothing else of its head",
        arguments: [
            ("x-ratelimit-remaining-requests", "x-ratelimit-remaining-requests"),
            ("X-RateLimit-Reset", "X-RateLimit-Reset"), ("openai-processing-ms", "openai-processing-ms"),
            ("X-Request-Id", "x-lip-upstream-request-id"),
            ("x-lip-upstream-request-id", "x-lip-upstream-request-id"),
            ("x-request-id-2", nil), ("x-ratelimit", nil), ("set-cookie", nil), ("server", nil),
            ("content-length", nil), ("transfer-encoding", nil), ("x-lip-route", nil), ("openai", nil),
            ("openai-organization", nil), ("openai-project", nil),
        ] as [(String, String?)])
    func names(name: String, carried: String?) {
        var target = HTTPHeaders([("content-type", "application/json")])
        CarriedHeaders.append(HTTPHeaders([(name, "value")]), to: &target)
        #expect(target.count == (carried == nil ? 1 : 2))
        if let carried { #expect(target.all(carried) == ["value"]) }
    }
}
