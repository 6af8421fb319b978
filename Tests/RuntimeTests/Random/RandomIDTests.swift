import Testing

@testable import Runtime

struct RandomIDTests {
    @Test("an id is written as 32 hexadecimal digits behind its prefix, and read back")
    func text() throws {
        var generator = XoshiroGenerator(seed: 3)
        for _ in 0..<100 {
            let id = RandomID(from: &generator)
            let digits = [id.high, id.low].map { word in
                let text = String(word, radix: 16)
                return String(repeating: "0", count: 16 - text.count) + text
            }.joined()
            #expect(id.description == digits)
            #expect(id.text(after: "req_") == "req_" + digits)
            #expect(RandomID("req_" + digits, after: "req_") == id)
        }
    }

    @Test(
        "nothing but an id behind its prefix is read as one",
        arguments: [
            "", "b_", "a_00000000000000000000000000000001", "b_0000000000000000000000000000001",
            "b_000000000000000000000000000000010", "b_0000000000000000000000000000000G",
            "b_0000000000000000000000000000000A", "b_00000000000000000000000000000000",
        ])
    func nonsense(_ text: String) {
        #expect(RandomID(text, after: "b_") == nil)
    }
}
