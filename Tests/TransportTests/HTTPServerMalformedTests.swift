import Testing

@testable import Transport

/// Requests that two programs could read differently, or that nobody should send: refused, and nothing after them served.
@Suite struct HTTPServerMalformedTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var request: String
        var status: Int

        init(_ name: String, _ status: Int, _ request: String) {
            testDescription = name
            self.status = status
            self.request = request
        }
    }

    private static let get = "GET / HTTP/1.1\r\nHost: x\r\n"
    private static let post = "POST / HTTP/1.1\r\nHost: x\r\n"
    private static let chunked = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"

    /// What the head alone gives away.
    static let heads: [Case] = [
        // Line ends
        Case("bare LF after the request line", 400, "GET / HTTP/1.1\nHost: x\r\n\r\n"),
        Case("bare LF after a field", 400, "GET / HTTP/1.1\r\nHost: x\nA: b\r\n\r\n"),
        Case("bare LF as the empty line", 400, "GET / HTTP/1.1\r\nHost: x\r\n\n"),
        Case("bare LF before the request", 400, "\nGET / HTTP/1.1\r\nHost: x\r\n\r\n"),
        Case("bare CR in a value", 400, get + "A: b\rc\r\n\r\n"),
        Case("bare CR as the empty line", 400, get + "\rA: b\r\n\r\n"),
        Case("CR CR LF", 400, "GET / HTTP/1.1\r\r\nHost: x\r\n\r\n"),
        Case("two empty lines before the request", 400, "\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n"),
        Case("folded value, blank", 400, get + "A: b\r\n c\r\n\r\n"),
        Case("folded value, tab", 400, get + "A: b\r\n\tc\r\n\r\n"),
        Case("folded first field", 400, "GET / HTTP/1.1\r\n Host: x\r\n\r\n"),
        Case("folded Transfer-Encoding", 400, post + "Transfer-Encoding:\r\n chunked\r\n\r\n"),
        // Request line
        Case("no target", 400, "GET HTTP/1.1\r\nHost: x\r\n\r\n"),
        Case("no version", 400, "GET /\r\nHost: x\r\n\r\n"),
        Case("two blanks before the target", 400, "GET  / HTTP/1.1\r\nHost: x\r\n\r\n"),
        Case("two blanks before the version", 400, "GET /  HTTP/1.1\r\nHost: x\r\n\r\n"),
        Case("blank after the version", 400, "GET / HTTP/1.1 \r\nHost: x\r\n\r\n"),
        Case("blank before the method", 400, " GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
        Case("tab instead of a blank", 400, "GET\t/ HTTP/1.1\r\nHost: x\r\n\r\n"),
        Case("blank in the target", 400, "GET /a b HTTP/1.1\r\nHost: x\r\n\r\n"),
        Case("tab in the target", 400, "GET /a\tb HTTP/1.1\r\nHost: x\r\n\r\n"),
        Case("fragment in the target", 400, "GET /a#b HTTP/1.1\r\nHost: x\r\n\r\n"),
        Case("non-ASCII in the target", 400, "GET /\u{E4} HTTP/1.1\r\nHost: x\r\n\r\n"),
        Case("NUL in the target", 400, "GET /\u{0} HTTP/1.1\r\nHost: x\r\n\r\n"),
        Case("target without a slash", 400, "GET a HTTP/1.1\r\nHost: x\r\n\r\n"),
        Case("authority form without CONNECT", 400, "GET x:80 HTTP/1.1\r\nHost: x\r\n\r\n"),
        Case("asterisk form without OPTIONS", 400, "GET * HTTP/1.1\r\nHost: x\r\n\r\n"),
        Case("absolute form without a host", 400, "GET http:///a HTTP/1.1\r\nHost: x\r\n\r\n"),
        Case("absolute form with user information", 400, "GET http://u@x/a HTTP/1.1\r\nHost: x\r\n\r\n"),
        Case("absolute form of another scheme", 400, "GET ftp://x/a HTTP/1.1\r\nHost: x\r\n\r\n"),
        Case("method with a forbidden character", 400, "GE(T / HTTP/1.1\r\nHost: x\r\n\r\n"),
        Case("method that is not known", 501, "FETCH / HTTP/1.1\r\nHost: x\r\n\r\n"),
        Case("method in lower case", 501, "get / HTTP/1.1\r\nHost: x\r\n\r\n"),
        Case("CONNECT", 501, "CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n"),
        Case("HTTP/0.9", 505, "GET / HTTP/0.9\r\nHost: x\r\n\r\n"),
        Case("HTTP/1.2", 505, "GET / HTTP/1.2\r\nHost: x\r\n\r\n"),
        Case("HTTP/2.0 preface", 505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        Case("version of two digits", 400, "GET / HTTP/1.10\r\nHost: x\r\n\r\n"),
        Case("version in lower case", 400, "GET / http/1.1\r\nHost: x\r\n\r\n"),
        Case("another protocol", 400, "SOURCE / ICE/1.0\r\nHost: x\r\n\r\n"),
        Case("a TLS hello", 400, "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}"),
        // Fields
        Case("no Host", 400, "GET / HTTP/1.1\r\n\r\n"),
        Case("two Hosts", 400, get + "Host: y\r\n\r\n"),
        Case("two Hosts in HTTP/1.0", 400, "GET / HTTP/1.0\r\nHost: x\r\nhost: y\r\n\r\n"),
        Case("Host with a list", 400, "GET / HTTP/1.1\r\nHost: x, y\r\n\r\n"),
        Case("Host with a path", 400, "GET / HTTP/1.1\r\nHost: x/y\r\n\r\n"),
        Case("Host with user information", 400, "GET / HTTP/1.1\r\nHost: u@x\r\n\r\n"),
        Case("Host with a blank in it", 400, "GET / HTTP/1.1\r\nHost: x y\r\n\r\n"),
        Case("blank before the colon", 400, "GET / HTTP/1.1\r\nHost : x\r\n\r\n"),
        Case("tab before the colon", 400, get + "A\t: b\r\n\r\n"),
        Case("blank within a name", 400, get + "A b: c\r\n\r\n"),
        Case("no colon", 400, get + "A\r\n\r\n"),
        Case("empty name", 400, get + ": b\r\n\r\n"),
        Case("control character in a name", 400, get + "A\u{1}: b\r\n\r\n"),
        Case("non-ASCII in a name", 400, get + "\u{E4}: b\r\n\r\n"),
        Case("NUL in a value", 400, get + "A: b\u{0}c\r\n\r\n"),
        Case("control character in a value", 400, get + "A: b\u{B}c\r\n\r\n"),
        Case("DEL in a value", 400, get + "A: b\u{7F}\r\n\r\n"),
        Case("an expectation that is not known", 417, post + "Expect: 200-ok\r\nContent-Length: 0\r\n\r\n"),
        // Lengths
        Case("two lengths", 400, post + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello"),
        Case("two equal lengths", 400, post + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello"),
        Case("a list of lengths", 400, post + "Content-Length: 5, 5\r\n\r\nhello"),
        Case("a length with a plus", 400, post + "Content-Length: +5\r\n\r\nhello"),
        Case("a length with a minus", 400, post + "Content-Length: -5\r\n\r\nhello"),
        Case("a length with a blank in it", 400, post + "Content-Length: 1 0\r\n\r\nhellohello"),
        Case("a hexadecimal length", 400, post + "Content-Length: 0x5\r\n\r\nhello"),
        Case("a length with a fraction", 400, post + "Content-Length: 5.0\r\n\r\nhello"),
        Case("an empty length", 400, post + "Content-Length:\r\n\r\nhello"),
        Case("a length of text", 400, post + "Content-Length: five\r\n\r\nhello"),
        Case("a length above 2^64", 400, post + "Content-Length: 18446744073709551621\r\n\r\nhello"),
        Case(
            "a length of forty digits", 400, post + "Content-Length: \(String(repeating: "0", count: 39))5\r\n\r\nhello"
        ),
        // Codings
        Case("length and coding", 400, post + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        Case("coding and length", 400, post + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"),
        Case("coding that is not known", 501, post + "Transfer-Encoding: gzip\r\n\r\n"),
        Case("coding before chunked", 501, post + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
        Case("coding after chunked", 501, post + "Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n"),
        Case("identity and a length", 400, post + "Transfer-Encoding: identity\r\nContent-Length: 5\r\n\r\nhello"),
        Case("chunked twice", 501, post + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"),
        Case(
            "chunked and another field", 501,
            post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n"),
        Case(
            "chunked in two fields", 400,
            post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        Case("an almost chunked coding", 501, post + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
        Case("quoted chunked", 501, post + "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n"),
        Case("chunked with a parameter", 501, post + "Transfer-Encoding: chunked;a=b\r\n\r\n0\r\n\r\n"),
        Case("empty coding", 501, post + "Transfer-Encoding:\r\n\r\n0\r\n\r\n"),
        Case("vertical tab before chunked", 400, post + "Transfer-Encoding: \u{B}chunked\r\n\r\n0\r\n\r\n"),
        Case("blank before the coding's colon", 400, post + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n"),
        Case("chunked in HTTP/1.0", 400, "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    ]

    /// What shows only in the body.
    static let bodies: [Case] = [
        Case("a chunk longer than its size", 400, chunked + "5\r\nhelloXX0\r\n\r\n"),
        Case("a chunk that ends with LF", 400, chunked + "5\r\nhello\n0\r\n\r\n"),
        Case("a chunk that ends with CR", 400, chunked + "5\r\nhello\r0\r\n\r\n"),
        Case("a size line that ends with LF", 400, chunked + "5\nhello\r\n0\r\n\r\n"),
        Case("a size line that ends with CR", 400, chunked + "5\rhello\r\n0\r\n\r\n"),
        Case("an empty size", 400, chunked + "\r\nhello\r\n0\r\n\r\n"),
        Case("a size with a sign", 400, chunked + "+5\r\nhello\r\n0\r\n\r\n"),
        Case("a negative size", 400, chunked + "-5\r\nhello\r\n0\r\n\r\n"),
        Case("a size with 0x", 400, chunked + "0x5\r\nhello\r\n0\r\n\r\n"),
        Case("a blank before the size", 400, chunked + " 5\r\nhello\r\n0\r\n\r\n"),
        Case("a blank after the size", 400, chunked + "5 \r\nhello\r\n0\r\n\r\n"),
        Case("a size that is not hexadecimal", 400, chunked + "5g\r\nhello\r\n0\r\n\r\n"),
        Case("a size of 17 digits", 400, chunked + "00000000000000005\r\nhello\r\n0\r\n\r\n"),
        Case("a size of 2^64 - 1", 400, chunked + "ffffffffffffffff\r\nhello"),
        Case("an extension without end", 400, chunked + "5;" + String(repeating: "a", count: 20_000)),
        Case("extensions on every chunk", 400, chunked + String(repeating: "1;aaaaaaaaaaaaaaa\r\nx\r\n", count: 2000)),
        Case("LF in an extension", 400, chunked + "5;a\nb\r\nhello\r\n0\r\n\r\n"),
        Case("NUL in an extension", 400, chunked + "5;a\u{0}\r\nhello\r\n0\r\n\r\n"),
        Case("a trailer with a blank before the colon", 400, chunked + "0\r\nA : b\r\n\r\n"),
        Case("a folded trailer", 400, chunked + "0\r\nA: b\r\n c\r\n\r\n"),
        Case("a trailer that ends with LF", 400, chunked + "0\r\nA: b\n\r\n"),
        Case("a trailer without a colon", 400, chunked + "0\r\nA\r\n\r\n"),
        Case("bare LF as the last line", 400, chunked + "0\r\n\n"),
        Case("a trailer section without end", 400, chunked + "0\r\n" + String(repeating: "A: b\r\n", count: 2000)),
    ]

    private static let smuggled = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"

    @Test("a head that is not clear is refused, the connection ends, nothing after it is served", arguments: heads)
    func head(_ malformed: Case) {
        var driver = HTTPServerMachineDriver()
        driver.receive(malformed.request + Self.smuggled)
        #expect(driver.statuses == [malformed.status])
        #expect(driver.served.isEmpty)
        #expect(driver.text.contains("\r\nConnection: close\r\n"))
        #expect(driver.machine.isEnding && driver.actions.contains(.shutdownWriting))
    }

    @Test("a body whose end is not clear is refused, and nothing after it is served", arguments: bodies)
    func body(_ malformed: Case) {
        var driver = HTTPServerMachineDriver()
        driver.receive(malformed.request + Self.smuggled)
        #expect(driver.statuses == [malformed.status])
        #expect(driver.served == ["POST / malformed"])
        #expect(driver.text.contains("\r\nConnection: close\r\n"))
        #expect(driver.machine.isEnding)
    }

    @Test("how the bytes are split changes nothing about a refusal", arguments: heads + bodies)
    func split(_ malformed: Case) {
        var whole = HTTPServerMachineDriver()
        whole.receive(malformed.request + Self.smuggled)
        var dripped = HTTPServerMachineDriver()
        for byte in (malformed.request + Self.smuggled).utf8 { dripped.receive([byte]) }
        #expect(dripped.output == whole.output)
        #expect(dripped.served == whole.served)
        #expect(dripped.machine.phase == whole.machine.phase)
    }

    /// Odd, but allowed: what the server must not be too strict about, and what is served then.
    static let legal: [(String, String)] = [
        ("GET / HTTP/1.1\r\nHost: x\r\n\r\n", "GET / 0:"),
        ("\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n", "GET / 0:"),
        ("GET / HTTP/1.1\r\nhOST:x\r\n\r\n", "GET / 0:"),
        ("GET / HTTP/1.1\r\nHost:   x\t \r\n\r\n", "GET / 0:"),
        ("GET / HTTP/1.1\r\nHost:\r\n\r\n", "GET / 0:"),
        ("GET / HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n", "GET / 0:"),
        ("GET / HTTP/1.1\r\nHost: a_b.example:80\r\n\r\n", "GET / 0:"),
        ("GET / HTTP/1.0\r\n\r\n", "GET / 0:"),
        ("GET http://other:81/a?b HTTP/1.1\r\nHost: x\r\n\r\n", "GET http://other:81/a?b 0:"),
        ("GET HTTPS://other HTTP/1.1\r\nHost: x\r\n\r\n", "GET HTTPS://other 0:"),
        ("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", "OPTIONS * 0:"),
        ("GET //a/../b?c=d?e/%00 HTTP/1.1\r\nHost: x\r\n\r\n", "GET //a/../b?c=d?e/%00 0:"),
        ("GET /v1/models/a:stream|{x}\\y HTTP/1.1\r\nHost: x\r\n\r\n", "GET /v1/models/a:stream|{x}\\y 0:"),
        ("GET / HTTP/1.1\r\nHost: x\r\nA:\r\nB: \u{E4}\u{1F600}\tc\r\n\r\n", "GET / 0:"),
        ("GET / HTTP/1.1\r\nHost: x\r\n!#$%&'*+-.^_`|~: y\r\n\r\n", "GET / 0:"),
        ("GET / HTTP/1.1\r\nHost: x\r\nA: b: c\r\nA: b\r\n\r\n", "GET / 0:"),
        ("GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n", "GET / 0:"),
        (post + "Connection: upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nContent-Length: 2\r\n\r\nab", "POST / 2:ab"),
        ("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc", "GET / 3:abc"),
        (post + "Content-Length: 003\r\n\r\nabc", "POST / 3:abc"),
        (post + "Content-Length: 0\r\n\r\n", "POST / 0:"),
        (post + "\r\n", "POST / 0:"),
        (post + "Transfer-Encoding: ChunKed\r\n\r\n3\r\nabc\r\n0\r\n\r\n", "POST / 3:abc"),
        (chunked + "0\r\n\r\n", "POST / 0:"),
        (chunked + "0000\r\n\r\n", "POST / 0:"),
        (chunked + "A\r\n0123456789\r\n00b\r\nabcdefghijk\r\n0\r\n\r\n", "POST / 21:0123456789abcdefghijk"),
        (chunked + "3;name=\"va;lue\";x\r\nabc\r\n0;y\r\n\r\n", "POST / 3:abc"),
        (chunked + "3\r\nabc\r\n0\r\nA: b\r\nContent-Length: 9\r\nC:\r\n\r\n", "POST / 3:abc"),
        (chunked + "4\r\n\r\n\r\n\r\n0\r\n\r\n", "POST / 4:\r\n\r\n"),
        (post + "Expect: 100-Continue\r\nContent-Length: 1\r\n\r\na", "POST / 1:a"),
        ("POST / HTTP/1.0\r\nExpect: whatever\r\nContent-Length: 1\r\n\r\na", "POST / 1:a"),
        ("M-SEARCH / HTTP/1.1\r\nHost: x\r\n\r\n", "M-SEARCH / 0:"),
        ("GET / HTTP/1.1\r\nHost: x\r\nConnection: , ,close\r\n\r\n", "GET / 0:"),
    ]

    @Test("what is odd but allowed is served, however it is split", arguments: legal)
    func odd(_ request: String, _ expected: String) {
        var whole = HTTPServerMachineDriver()
        whole.receive(request)
        #expect(whole.served == [expected])
        #expect(whole.statuses.last == 200)
        var dripped = HTTPServerMachineDriver()
        for byte in request.utf8 { dripped.receive([byte]) }
        #expect(dripped.served == [expected])
    }
}
