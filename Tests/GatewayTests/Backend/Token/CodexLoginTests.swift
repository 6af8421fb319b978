import Glibc
import Runtime
import Testing

@testable import Gateway
@testable import Transport

@Suite("The login of openai-codex")
struct CodexLoginTests {
    private static let now: Int64 = 1_800_000_000
    private let start = MonotonicInstant(nanoseconds: 0)

    private static func jwt(_ claims: String) -> String {
        let parts = [#"{"alg":"none"}"#, claims].map {
            String(decoding: Base64URL.encode(Array($0.utf8)), as: UTF8.self)
        }
        return "\(parts[0]).\(parts[1]).sig"
    }

    private static func access(_ id: Int, left: Int64 = 3600) -> String {
        jwt(#"{"jti":\#(id),"exp":\#(now + left),"https://api.openai.com/auth":{"chatgpt_account_id":"acc-\#(id)"}}"#)
    }

    private func file(_ access: String, refresh: String? = "r1", more: String = "") throws -> CodexLoginFile {
        let refresh = refresh.map { #","refresh_token":"\#($0)""# } ?? ""
        return try CodexLoginFile(Array(#"{"tokens":{"access_token":"\#(access)"\#(refresh)}\#(more)}"#.utf8))
    }

    // MARK: Tokens

    @Test("a token tells when it ends and whose account it stands for")
    func claims() throws {
        let token = try #require(JSONWebToken(Self.access(7)))
        #expect(token.expiry == Self.now + 3600 && token.chatGPTAccount == "acc-7")
        #expect(JSONWebToken(Self.jwt("{}"))?.expiry == nil)
        #expect(JSONWebToken(Self.jwt(#"{"exp":1e300}"#))?.expiry == nil)
        #expect(JSONWebToken(Self.jwt(#"{"exp":-1}"#))?.expiry == nil)
        #expect(
            JSONWebToken(Self.jwt(#"{"https://api.openai.com/auth":{"chatgpt_account_id":"a\r\nx: y"}}"#))?
                .chatGPTAccount
                == nil)
    }

    @Test("what is no token is none", arguments: ["", "a.b", "a.!!.c", "a..c", "a.bm8.c", "opaque"])
    func noToken(_ text: String) {
        #expect(JSONWebToken(text) == nil)
    }

    // MARK: The file

    @Test("the account is the file's, else the id token's, else the access token's")
    func account() throws {
        let id = Self.jwt(#"{"https://api.openai.com/auth":{"chatgpt_account_id":"by-id"}}"#)
        func account(_ members: String) throws -> String? {
            try CodexLoginFile(
                Array(#"{"tokens":{"access_token":"\#(Self.access(1))"\#(members)}}"#.utf8)
            ).accountID
        }
        #expect(try account("") == "acc-1")
        #expect(try account(#","id_token":"\#(id)""#) == "by-id")
        #expect(try account(#","id_token":"\#(id)","account_id":"named""#) == "named")
    }

    @Test("tokens may stand in the object itself")
    func flat() throws {
        let file = try CodexLoginFile(Array(#"{"access_token":"a","refresh_token":"r","account_id":"c"}"#.utf8))
        #expect(file.accessToken == Secret("a") && file.refreshToken == Secret("r") && file.accountID == "c")
    }

    @Test(
        "a file that cannot be used says why",
        arguments: [
            ("[", "is not JSON"), ("[]", "is no JSON object"), ("{}", "has no access_token"),
            (#"{"tokens":{"access_token":""}}"#, "has no access_token"),
            (#"{"tokens":{"access_token":"a\nb"}}"#, "has an access_token that cannot stand in a header"),
            (
                #"{"OPENAI_API_KEY":"sk-1","tokens":null}"#,
                "has an API key and no access_token of a ChatGPT login: kind openai-responses takes API keys"
            ),
        ])
    func refusals(_ json: String, _ message: String) {
        #expect(throws: CodexLoginFile.Refusal(message: message)) { try CodexLoginFile(Array(json.utf8)) }
    }

    @Test("an answer is written into the file, and nothing else of it changes")
    func update() throws {
        let text =
            #"{ "a": 1.50, "tokens": {"access_token":"old", "x": [1], "refresh_token":"r1"}, "last_refresh": "then" }"#
        let answer = try #require(
            CodexTokenAnswer(Array(#"{"access_token":"new","refresh_token":"r\"2","id_token":"id"}"#.utf8)))
        let updated = try CodexLoginFile(Array(text.utf8)).updated(
            with: answer, at: Timestamp(nanoseconds: Self.now * 1_000_000_000))
        #expect(
            String(decoding: updated, as: UTF8.self)
                == #"{ "a": 1.50, "tokens": {"access_token":"new", "x": [1], "refresh_token":"r\"2","id_token":"id"}, "#
                + #""last_refresh": "2027-01-15T08:00:00.000Z" }"#)
    }

    @Test("an answer without a refresh token leaves the one that is there")
    func keptRefreshToken() throws {
        let answer = try #require(CodexTokenAnswer(Array(#"{"access_token":"new"}"#.utf8)))
        let updated = try file("old").updated(with: answer, at: Timestamp(nanoseconds: 0))
        #expect(try CodexLoginFile(updated).refreshToken == Secret("r1"))
        #expect(CodexTokenAnswer(Array(#"{"refresh_token":"r"}"#.utf8)) == nil)
    }

    @Test("a token's end is its own, and a far one is no trap")
    func lifetimes() throws {
        #expect(try file(Self.access(1, left: 0)).token(at: Self.now, start, account: nil) == nil)
        let token = try #require(try file(Self.access(1)).token(at: Self.now, start, account: nil))
        #expect(token.expiry == start + .seconds(3600) && token.renewal == start + .seconds(3300))
        #expect(token.account == "acc-1")
        #expect(try file(Self.access(1, left: 1 << 39)).token(at: Self.now, start, account: "x")?.account == "x")
        #expect(try file("opaque").token(at: Self.now, start, account: "x")?.expiry == nil)
        let answer = try #require(CodexTokenAnswer(Array(#"{"access_token":"new","expires_in":600}"#.utf8)))
        #expect(answer.accessToken(at: Self.now, start, account: "x").expiry == start + .seconds(600))
    }

    @Test("a renewal is asked for in a form")
    func grant() {
        let grant = CodexLogin(path: "/f", tokenURL: "https://t.example/token").grant(Secret("a b&c"))
        #expect(grant.url == "https://t.example/token" && grant.contentType == "application/x-www-form-urlencoded")
        #expect(
            String(decoding: grant.body, as: UTF8.self)
                == "grant_type=refresh_token&client_id=app_EMoamEEZ73f0CkXaXp7hrann&refresh_token=a%20b%26c")
    }

    @Test(
        "tokens go to https, and to http on the machine itself",
        arguments: [
            ("https://auth.example/token", true), ("http://127.0.0.1:9/token", true), ("http://auth.example/", false),
            ("https://169.254.169.254/", false), ("ftp://x", false), ("", false),
        ])
    func tokenURLs(_ url: String, _ isTaken: Bool) {
        #expect((CodexLogin.refusal(ofTokenURL: url) == nil) == isTaken)
    }

    // MARK: Decisions

    private func word(_ step: CodexRenewalMachine.Step) -> String {
        switch step {
        case .use(let token): "use \(token.account ?? "")"
        case .refresh(let token): "refresh \(token.reveal())"
        case .logInAgain(let reason): "log in: \(reason)"
        }
    }

    private func step(
        _ machine: CodexRenewalMachine, _ file: CodexLoginFile, outgoing: String? = nil, at time: Int64 = now
    ) -> String {
        word(machine.step(file, outgoing: outgoing.map { Secret($0) }, at: time, start, account: nil))
    }

    @Test("a good token of the file is used, unless it is the one to be replaced or has ended")
    func fileFirst() throws {
        let machine = CodexRenewalMachine()
        let file = try file(Self.access(1))
        #expect(step(machine, file) == "use acc-1")
        #expect(step(machine, file, outgoing: "another") == "use acc-1")
        #expect(step(machine, file, outgoing: Self.access(1)) == "refresh r1")
        #expect(step(machine, file, at: Self.now + 3600) == "refresh r1")
    }

    @Test("without a refresh token the person has to log in")
    func noRefreshToken() throws {
        #expect(step(CodexRenewalMachine(), try file(Self.access(1, left: -1), refresh: nil)).hasPrefix("log in"))
    }

    @Test("a refused refresh token is not sent again, another one is")
    func refused() throws {
        var machine = CodexRenewalMachine()
        machine.refused(Secret("r1"), reason: "used up")
        let ended = Self.access(1, left: -1)
        #expect(step(machine, try file(ended)) == "log in: used up")
        #expect(step(machine, try file(ended, refresh: "r2")) == "refresh r2")
        #expect(step(machine, try file(Self.access(2), refresh: "r2"), outgoing: ended) == "use acc-2")
    }

    @Test("what the file did not learn goes on in memory, until the file has another login")
    func unwritten() throws {
        var machine = CodexRenewalMachine()
        let old = try file(Self.access(1, left: 60))
        machine.renewed(old, with: Secret("r1"), next: Secret("r2"), isWritten: false)
        // The file's access token is an older one than the one that is to be replaced.
        #expect(step(machine, old, outgoing: Self.access(2)) == "refresh r2")
        machine.renewed(old, with: Secret("r2"), next: nil, isWritten: false)
        #expect(step(machine, old, outgoing: Self.access(3)) == "refresh r2")
        #expect(step(machine, try file(Self.access(4), refresh: "r9"), outgoing: Self.access(3)) == "use acc-4")
        machine.renewed(old, with: Secret("r2"), next: Secret("r3"), isWritten: true)
        #expect(step(machine, try file(Self.access(5), refresh: "r3"), outgoing: Self.access(5)) == "refresh r3")
    }

    @Test("the token that a fetch replaces is the one that is due or was refused")
    func outgoing() {
        var machine = AccessTokenMachine<Int>()
        func at(_ seconds: Int64) -> MonotonicInstant { MonotonicInstant(nanoseconds: seconds * 1_000_000_000) }
        func token(_ text: String) -> AccessToken { AccessToken(Secret(text), lifetime: .seconds(1000), from: at(0)) }
        _ = machine.asked(at: at(0), 1)
        #expect(machine.outgoing == nil)
        _ = machine.fetched(token("a"))
        _ = machine.asked(at: at(950), 1)
        #expect(machine.outgoing?.value == Secret("a"))
        _ = machine.fetched(token("b"))
        machine.refused(token("a"))
        #expect(machine.outgoing?.value == Secret("a"))
        machine.refused(token("b"))
        #expect(machine.outgoing?.value == Secret("b"))
        _ = machine.fetched(token("c"))
        _ = machine.asked(at: at(2000), 1)
        #expect(machine.outgoing?.value == Secret("c"))
    }

    // MARK: Files

    /// A directory that goes with the test.
    private final class Directory {
        let path: String

        init() throws {
            var template = Array("/tmp/lip-login-XXXXXX".utf8CString)
            path = String(cString: try #require(mkdtemp(&template)))
        }

        var names: [String] {
            var names: [String] = []
            guard let directory = opendir(path) else { return [] }
            defer { closedir(directory) }
            while let entry = readdir(directory) {
                let name = withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                if name != ".", name != ".." { names.append(name) }
            }
            return names.sorted()
        }

        deinit {
            for name in names { unlink("\(path)/\(name)") }
            rmdir(path)
        }
    }

    @Test("a file is replaced whole, for its owner alone, and nothing is left beside it")
    func replacing() throws {
        let directory = try Directory()
        let path = "\(directory.path)/auth.json"
        let descriptor = open(path, O_WRONLY | O_CREAT, 0o644)
        close(descriptor)
        try PrivateFile.replace(path, with: Array("new".utf8))
        #expect(try PrivateFile.read(path, bytesMax: 10) == Array("new".utf8))
        var status = stat()
        #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
        #expect(directory.names == ["auth.json"])
        #expect(throws: PrivateFile.Problem(reason: "larger than 2 bytes")) { try PrivateFile.read(path, bytesMax: 2) }
    }

    @Test("what is not there is neither read nor made")
    func missing() throws {
        let directory = try Directory()
        let problem = PrivateFile.Problem(reason: "No such file or directory")
        #expect(throws: problem) { try PrivateFile.read("\(directory.path)/x", bytesMax: 1) }
        #expect(throws: problem) { try PrivateFile.replace("\(directory.path)/x", with: []) }
        #expect(directory.names.isEmpty)
    }
}
