import Runtime
import Testing

@testable import Routing

@Suite struct ResumeTokenTests {
    @Test("a token is 64 characters of base64url, and reads back as itself")
    func text() throws {
        let alphabet = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        for _ in 0..<200 {
            let token = ResumeToken()
            let text = token.reveal()
            #expect(text.count == ResumeToken.textCount)
            #expect(Set(text).isSubset(of: alphabet))
            let read = try #require(ResumeToken(text.utf8))
            #expect(read.reveal() == text)
            #expect(read.locator == token.locator)
            #expect(read.matches(token))
        }
    }

    @Test("the text is that of RFC 4648")
    func vector() throws {
        // The bytes 0 to 47, by another implementation.
        let text = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4v"
        let token = try #require(ResumeToken(text.utf8))
        #expect(token.locator == ResumeToken.Locator(high: 0x0001_0203_0405_0607, low: 0x0809_0A0B_0C0D_0E0F))
        #expect(token.reveal() == text)
        let signs = String(repeating: "_-", count: 32)
        #expect(ResumeToken(signs.utf8)?.reveal() == signs)
    }

    @Test(
        "what is no token is none",
        arguments: [
            "", "abc", String(repeating: "A", count: 63), String(repeating: "A", count: 65),
            String(repeating: "A", count: 63) + "=", String(repeating: "A", count: 63) + "+",
            String(repeating: "A", count: 63) + "/", String(repeating: "A", count: 63) + " ",
        ])
    func malformed(text: String) {
        #expect(ResumeToken(text.utf8) == nil)
    }

    @Test("a token whose secret differs anywhere does not match")
    func difference() throws {
        let text = Array(ResumeToken().reveal().utf8)
        let token = try #require(ResumeToken(text))
        // 16 bytes are 21 characters and a third: from the 23rd on all of it is secret.
        for index in 22..<text.count {
            var other = text
            other[index] = other[index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            #expect(try #require(ResumeToken(other)).matches(token) == false)
        }
    }

    @Test("no way of printing shows it")
    func secrecy() {
        let token = ResumeToken()
        var dumped = ""
        dump(token, to: &dumped)
        for text in ["\(token)", String(reflecting: token), String(describing: Optional(token)), dumped] {
            #expect(!text.contains(token.reveal()))
            #expect(!text.contains(String(token.locator.high)))
        }
    }
}
