import Testing

@testable import Transport

@Suite struct HTTPHeadersTests {
    @Test("names compare without case, keep their spelling and their order")
    func names() {
        var headers = HTTPHeaders([("Content-Type", "a"), ("X-One", "1"), ("x-one", "2")])
        #expect(headers.first("content-type") == "a")
        #expect(headers.all("X-ONE") == ["1", "2"])
        #expect(headers[1].name == "X-One")
        #expect(headers.first("x") == nil)
        headers.set("X-One", "3")
        #expect(headers.all("x-one") == ["3"])
        #expect(headers.count == 2)
        headers.remove("Content-type")
        #expect(!headers.contains("content-type"))
    }

    @Test("only letters are folded when names are compared")
    func folding() {
        let headers = HTTPHeaders([("x`", "tick"), ("x-1", "dash")])
        #expect(headers.first("x@") == nil)
        #expect(headers.first("X\u{0D}1") == nil)
        #expect(headers.first("X-1") == "dash")
    }

    @Test("a token is found among the elements of all fields of a name")
    func tokens() {
        let headers = HTTPHeaders([("Connection", "keep-alive , TE"), ("connection", "\tClose")])
        #expect(headers.lists("close", in: "Connection"))
        #expect(headers.lists("te", in: "Connection"))
        #expect(!headers.lists("keep", in: "Connection"))
        #expect(!headers.lists("close", in: "TE"))
    }
}
