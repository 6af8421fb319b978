import Dialects
import Routing
import Runtime
import Testing
import Transport

@testable import Gateway

@Suite struct SessionClaimTests {
    private let token = ResumeToken().reveal()

    /// What a request with these fields asks for, in short; or the code of its refusal.
    private func claim(
        id: String? = nil, token: String? = nil, hint: SessionHint? = nil,
        _ change: (inout Configuration) -> Void = { _ in }
    ) -> String {
        var configuration = Configuration()
        change(&configuration)
        var headers = HTTPHeaders()
        if let id { headers.append("X-Lip-Session-Id", id) }
        if let token { headers.append("X-LIP-Resume-Token", token) }
        do throws(Failure) {
            switch try SessionClaim(headers, hint, configuration) {
            case nil: return "none"
            case .new: return "new"
            case .chosen(let name): return "chosen \(name)"
            case .resume(let token, let id):
                return "\(token.reveal() == self.token ? "resume" : "another") \(id?.description ?? "-")"
            }
        } catch {
            return "\(error.status) \(error.code ?? "-")"
        }
    }

    @Test("a request that says nothing, or nothing but blanks, has no session; or always a new one")
    func none() {
        #expect(claim() == "none")
        #expect(claim(id: "", token: "") == "none")
        #expect(claim(id: "", hint: SessionHint(id: "")) == "none")
        #expect(claim { $0.sessions.issue = .always } == "new")
        #expect(claim(id: "chat") { $0.sessions.issue = .always } == "chosen chat")
    }

    @Test("a token resumes, with the name beside it")
    func resume() {
        #expect(claim(token: token) == "resume -")
        #expect(claim(id: "chat", token: token) == "resume chat")
        let issued = "s_" + String(repeating: "a", count: 32)
        #expect(claim(id: issued, token: token) == "resume \(issued)")
        #expect(claim(token: token) { $0.sessions.issue = .always } == "resume -")
        #expect(claim(token: "short") == "400 session_denied_invalid_authority")
    }

    @Test("a header counts more than the body, each by itself")
    func body() {
        let hint = SessionHint(id: "body", resumeToken: Secret(token))
        #expect(claim(hint: hint) == "resume body")
        #expect(claim(id: "head", hint: hint) == "resume head")
        #expect(claim(token: ResumeToken().reveal(), hint: hint) == "another body")
        #expect(claim(hint: SessionHint(id: "new")) == "new")
    }

    @Test("a name has bounds, and one that was issued wants its token")
    func names() {
        #expect(claim(id: "new") == "new")
        #expect(claim(id: "NEW") == "chosen NEW")
        #expect(claim(id: String(repeating: "x", count: 256)) == "chosen \(String(repeating: "x", count: 256))")
        #expect(claim(id: String(repeating: "x", count: 257)) == "400 -")
        #expect(claim(hint: SessionHint(id: "a\nb")) == "400 -")
        #expect(claim(hint: SessionHint(id: "Gespräch 1")) == "chosen Gespräch 1")
        #expect(claim(id: "s_" + String(repeating: "a", count: 32)) == "400 missing_resume_token")
        #expect(claim(id: "new", token: token) == "400 -")
    }

    @Test("where a key may be shared, names are chosen only if the configuration says so")
    func multiUser() {
        #expect(claim(id: "chat") { $0.access.mode = .multiUser } == "400 missing_resume_token")
        #expect(claim(id: "new") { $0.access.mode = .multiUser } == "new")
        let allowed = claim(id: "chat") {
            $0.access.mode = .multiUser
            $0.sessions.allowsChosenIDs = true
        }
        #expect(allowed == "chosen chat")
        #expect(claim(id: "chat") { $0.sessions.allowsChosenIDs = false } == "400 missing_resume_token")
    }

    @Test(
        "a path of cancellation names its A-leg, and no other path does",
        arguments: [
            ("/lip/v1/a-legs/a_1/cancel", "a_1"), ("/lip/v1/a-legs//cancel", nil), ("/lip/v1/a-legs/cancel", nil),
            ("/lip/v1/a-legs/a_1/b/cancel", nil), ("/lip/v1/a-legs/a_1/cancel/", nil), ("/lip/v1/a-legs/a_1", nil),
            ("/v1/a-legs/a_1/cancel", nil),
        ] as [(String, String?)])
    func paths(path: String, name: String?) {
        #expect(Endpoint.aLeg(in: Array(path.utf8)[...]).map { String(decoding: $0, as: UTF8.self) } == name)
    }
}
