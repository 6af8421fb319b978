import Runtime
import Testing

@testable import Gateway

@Suite struct RequestIDTests {
    @Test(
        "an inbound id is kept when it is one harmless word",
        arguments: [
            ("abc-1_2.3", true), ("", false), ("a b", false), ("a\"b", false), ("ä", false),
            (String(repeating: "x", count: 128), true), (String(repeating: "x", count: 129), false),
        ])
    func inbound(id: String, isKept: Bool) {
        var generator = XoshiroGenerator(seed: 1)
        let chosen = RequestID.choose(inbound: Array(id.utf8)[...], using: &generator)
        #expect((chosen == id) == isKept)
        #expect(RequestID.isAcceptable(Array(chosen.utf8)[...]))
    }

    @Test("a new id is 32 hexadecimal digits behind its prefix, and new each time")
    func new() {
        var generator = XoshiroGenerator(seed: 1)
        let ids = (0..<100).map { _ in RequestID.choose(inbound: nil, using: &generator) }
        #expect(Set(ids).count == 100)
        for id in ids {
            #expect(id.hasPrefix("req_") && id.utf8.count == 36)
            #expect(id.dropFirst(4).allSatisfy { $0.isHexDigit && !$0.isUppercase })
        }
    }
}
