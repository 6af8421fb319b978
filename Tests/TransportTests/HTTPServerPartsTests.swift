import CLinux
import Testing

@testable import Transport

@Suite struct HTTPServerPartsTests {
    @Test(
        "the date is written as RFC 9110 wants it",
        arguments: [
            (0, "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n"),
            (784_111_777, "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"),
            (951_782_399, "Date: Mon, 28 Feb 2000 23:59:59 GMT\r\n"),
            (951_782_400, "Date: Tue, 29 Feb 2000 00:00:00 GMT\r\n"),
            (1_709_164_799, "Date: Wed, 28 Feb 2024 23:59:59 GMT\r\n"),
            (4_107_542_400, "Date: Mon, 01 Mar 2100 00:00:00 GMT\r\n"),
        ])
    func date(_ seconds: Int, _ line: String) {
        #expect(String(decoding: HTTPDateLine.format(secondsSinceEpoch: seconds), as: UTF8.self) == line)
    }

    @Test(
        "numbers are written in decimal and hexadecimal", arguments: [0, 1, 9, 10, 15, 16, 255, 4096, 1_000_000, .max])
    func numbers(_ value: Int) {
        var buffer = OutboundBuffer()
        buffer.append(decimal: value)
        buffer.append(" ")
        buffer.append(hexadecimal: value)
        #expect(String(decoding: buffer.storage, as: UTF8.self) == "\(value) \(String(value, radix: 16))")
    }

    @Test("what is taken from the front of a buffer is what was appended, and an empty one holds little memory")
    func outbound() {
        var buffer = OutboundBuffer()
        var expected: [UInt8] = []
        var got: [UInt8] = []
        for number in 0..<300 {
            let bytes = [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: number * 7)
            expected += bytes
            bytes.withUnsafeBytes { buffer.append($0) }
            let count = min(buffer.count, number % 5 * 400)
            buffer.withPending { got += $0.prefix(count) }
            buffer.removeFirst(count)
        }
        buffer.withPending { got += $0 }
        buffer.removeFirst(buffer.count)
        #expect(got == expected)
        #expect(buffer.isEmpty && buffer.storage.capacity <= 4096)
    }

    @Test("a token and a host hold the bytes that RFC 9110 and RFC 3986 give them, and no others")
    func byteClasses() {
        let alphanumerics = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
        let token = Set((alphanumerics + "!#$%&'*+-.^_`|~").utf8)
        let host = Set((alphanumerics + "-._~%!$&'()*+;=:[]").utf8)
        for byte in UInt8.min...UInt8.max {
            #expect(isTokenByte(byte) == token.contains(byte), "\(byte)")
            #expect(isHostByte(byte) == host.contains(byte), "\(byte)")
        }
    }

    @Test("addresses are shown as people write them")
    func addresses() {
        #expect(SocketAddress(ipv4: 0x7F00_0001, port: 80).description == "127.0.0.1:80")
        var storage = sockaddr_storage()
        storage.ss_family = sa_family_t(AF_INET6)
        withUnsafeMutableBytes(of: &storage) { bytes in
            bytes[2] = 0x1F
            bytes[3] = 0x90
            bytes[23] = 1
        }
        #expect(SocketAddress(storage)?.description == "[::1]:8080")
        #expect(ListenAddress(host: "::", port: 1).description == "[::]:1")
    }
}
