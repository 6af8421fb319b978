import CLinux
import Glibc
import Testing

@testable import Transport

@Suite struct HTTPClientAddressTests {
    @Test(
        "link-local and metadata addresses are refused in every spelling",
        arguments: [
            // Dotted, short, decimal, hex and octal forms of 169.254.169.254 and its neighbours.
            "169.254.169.254", "169.254.169.254.", "169.254.43518", "169.16689662", "2852039166", "0xA9FEA9FE",
            "0xa9.0xfe.0xa9.0xfe", "0xa9.254.0251.0xfe", "0251.0376.0251.0376", "025177524776", "169.254.0.0",
            "169.254.255.255", "169.254.170.2", "169.254.1.1",
            // Other clouds.
            "100.100.100.200", "1684301000", "192.0.0.192", "168.63.129.16",
            // IPv6 of its own.
            "fe80::1", "[fe80::1]", "[fe80::1%25eth0]", "[febf::1]", "[fd00:ec2::254]", "[FD00:0EC2:0:0::0254]",
            "[fd00:ec2::23]", "[fd20:ce::254]", "[fd00:c1::a9fe:a9fe]", "[fd00:42::42]",
            // IPv4 within IPv6.
            "[::ffff:169.254.169.254]", "[::ffff:a9fe:a9fe]", "[0:0:0:0:0:ffff:a9fe:a9fe]", "[::169.254.169.254]",
            "[::ffff:0:169.254.169.254]", "[64:ff9b::169.254.169.254]", "[64:ff9b:1::a9fe:a9fe]",
            "[2002:a9fe:a9fe::1]", "[2001:0:1:2:3:4:5601:5601]", "[::ffff:100.100.100.200]",
            // Names.
            "metadata.google.internal", "METADATA.google.internal.", "metadata", "instance-data",
        ])
    func refused(host: String) {
        #expect(ForbiddenAddress(host: host) != nil)
    }

    @Test(
        "ordinary hosts, loopback and private networks are allowed",
        arguments: [
            "127.0.0.1", "localhost", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1",
            "169.253.255.255",
            "169.255.0.0", "100.100.100.201", "8.8.8.8", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[fd00::1]",
            "[fec0::1]",
            "[2001:db8::a9fe:a9fe]", "[2606:4700::1111]", "[64:ff9b::8.8.8.8]", "api.openai.com", "a9fea9fe",
            "169.254.169.254.example.com", "my-metadata", "0xzz", "256.256.256.256", "1.2.3.4.5",
        ])
    func allowed(host: String) {
        #expect(ForbiddenAddress(host: host) == nil)
    }

    @Test("the address that a socket is opened for is judged by its bytes")
    func socketAddresses() throws {
        func judge4(_ text: String) throws -> ForbiddenAddress? {
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            try #require(inet_pton(AF_INET, text, &address.sin_addr) == 1)
            return withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { ForbiddenAddress(address: $0) }
            }
        }
        func judge6(_ text: String) throws -> ForbiddenAddress? {
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            try #require(inet_pton(AF_INET6, text, &address.sin6_addr) == 1)
            return withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { ForbiddenAddress(address: $0) }
            }
        }
        #expect(try judge4("169.254.169.254") == .linkLocal)
        #expect(try judge4("100.100.100.200") == .metadataService)
        #expect(try judge4("127.0.0.1") == nil)
        #expect(try judge6("fe80::1") == .linkLocal)
        #expect(try judge6("::ffff:169.254.169.254") == .linkLocal)
        #expect(try judge6("fd00:ec2::254") == .metadataService)
        #expect(try judge6("::1") == nil)
        var unix = sockaddr()
        unix.sa_family = sa_family_t(AF_UNIX)
        #expect(ForbiddenAddress(address: &unix) == nil)
    }

    @Test("an upstream's URL is taken apart")
    func urls() throws {
        let plain = try UpstreamURL("http://127.0.0.1:8000/v1")
        #expect(plain.scheme == "http" && plain.host == "127.0.0.1" && plain.port == 8000 && plain.target == "/v1")
        #expect(!plain.isEncrypted)
        let encrypted = try UpstreamURL("HTTPS://api.openai.com")
        #expect(encrypted.scheme == "https" && encrypted.port == 443 && encrypted.target.isEmpty)
        #expect(encrypted.isEncrypted)
        let six = try UpstreamURL("http://[::1]:80?api-version=1")
        #expect(six.host == "[::1]" && six.port == 80 && six.target == "?api-version=1")
    }

    @Test(
        "an upstream's URL that cannot be, hides credentials or leads to a forbidden address is refused",
        arguments: [
            ("", "begin with"), ("api.openai.com", "begin with"), ("//host/", "begin with"),
            ("ftp://host/", "http or https"), ("file:///etc/passwd", "http or https"), ("http://", "include a host"),
            ("http:///path", "include a host"), ("http://:80/", "include a host"), ("http://[]/", "include a host"),
            ("http://user:secret@host/", "credentials"), ("http://a@169.254.169.254/", "credentials"),
            ("http://host/#x", "fragment"), ("http://ho st/", "blanks"), ("http://host/\r\nX: y", "blanks"),
            ("http://host\\@evil/", "backslashes"), ("http://host:0/", "port"), ("http://host:65536/", "port"),
            ("http://host:/", "port"), ("http://host:8O/", "port"), ("http://[::1/", "bracket"),
            ("http://[::1]x/", "only a port"), ("http://[zz]/", "IPv6"), ("http://[fe80::1%25eth0]/", "zone"),
            ("http://%31%36%39.254.169.254/", "percent"), ("http://１６９.254.169.254/", "ASCII"),
            ("http://ex\u{E4}mple/", "ASCII"), ("http://169.254.169.254/latest", "link-local"),
            ("http://2852039166/", "link-local"), ("http://0xA9FEA9FE/", "link-local"),
            ("https://[::ffff:a9fe:a9fe]/", "link-local"), ("http://metadata.google.internal/", "metadata"),
            ("http://100.100.100.200/", "metadata"), ("http://1.2.3.4.5/", "IPv4"), ("http://256.1.1.1/", "IPv4"),
            ("http://1.0xg/", "IPv4"), ("http://a,b/", "letters"), ("http://a!b/", "letters"),
        ])
    func refusedURLs(url: String, reason: String) {
        let refusal = #expect(throws: UpstreamURL.Refusal.self) { _ = try UpstreamURL(url) }
        #expect(refusal?.message.contains(reason) == true, "\(refusal?.message ?? "")")
        #expect(refusal?.message.contains("secret") != true)
    }
}
