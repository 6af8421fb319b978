import Dialects
import Runtime
import Transport

/// Renews one backend's login when it is asked to: reads the file, gets a token where that has none, and writes it back.
///
/// What was sent is never called off by a request that leaves: the refresh token would be used up, and nobody would have
/// the next one.
final class CodexRenewal: Sendable {
    /// What came of it.
    enum Outcome {
        case token(AccessToken, Origin)
        case failed(Failure)
        /// lip ends.
        case calledOff
    }

    enum Origin: Equatable {
        /// Found in the file.
        case file
        case renewed
        /// Renewed, and the file does not know; why.
        case unwritten(reason: String)
    }

    /// What one look at the token endpoint said.
    private enum Answer {
        case tokens(CodexTokenAnswer)
        case refused(reason: String)
        case failed(Failure)
        case calledOff
    }

    let login: CodexLogin
    private let backend: String
    private let requests = Channel<Void>(capacity: 1)
    private let shown = Locked<[Secret]>([])
    /// Held by the service's one renewal at a time.
    private let machine = Locked(CodexRenewalMachine())

    init(_ login: CodexLogin, of backend: String) {
        self.login = login
        self.backend = backend
    }

    /// What must not be shown: the tokens that were seen last.
    var secrets: [Secret] { shown.withLock { $0 } }

    /// Asks for a renewal, from any thread; false once lip ends.
    func ask() -> Bool {
        switch requests.trySend(()) {
        // Where one waits already, it is as good.
        case .sent, .full: true
        case .closed: false
        }
    }

    /// Waits until someone asks; false at the end.
    func isAsked() async throws -> Bool { try await requests.next() != nil }

    /// Takes no further requests.
    func finish() { requests.finish() }

    /// A good token in place of the outgoing one; called on the client's loop.
    func renew(_ outgoing: AccessToken?, with client: HTTPClient, on files: BlockingExecutor) async -> Outcome {
        // A refused refresh token is looked for in the file once more: another program may have been faster.
        for _ in 0..<2 {
            let file: CodexLoginFile
            do {
                file = try await read(on: files)
            } catch {
                return Task.isCancelled ? .calledOff : .failed(loginIsLost(reason(of: error)))
            }
            shown.withLock { $0 = file.secrets + [outgoing?.value].compactMap(\.self) }
            let step = machine.withLock {
                $0.step(
                    file, outgoing: outgoing?.value, at: Timestamp.now().unixSeconds, client.loop.now,
                    account: login.accountID)
            }
            switch step {
            case .use(let token): return .token(token, .file)
            case .logInAgain(let reason): return .failed(loginIsLost(reason))
            case .refresh(let refreshToken):
                switch await ask(for: refreshToken, with: client) {
                case .tokens(let answer): return await take(answer, refreshToken, file, client, files)
                case .refused(let reason): machine.withLock { $0.refused(refreshToken, reason: reason) }
                case .failed(let failure): return .failed(failure)
                case .calledOff: return .calledOff
                }
            }
        }
        return .failed(loginIsLost("its refresh tokens are refused"))
    }

    // MARK: The token endpoint

    private func ask(for refreshToken: Secret, with client: HTTPClient) async -> Answer {
        let grant = login.grant(refreshToken)
        let request = HTTPClientRequest(
            url: grant.url, headers: [("Content-Type", grant.contentType), ("Accept", "application/json")],
            body: grant.body, timeouts: AccessTokens.timeouts)
        let status: Int
        let body: [UInt8]
        do {
            let response = try await client.open(request)
            status = response.status
            body = try await response.readAll(upTo: AccessTokens.answerBytesMax)
        } catch {
            let failure = Failure(error, backend: "\(backend) (its token endpoint)", hasAnswered: false)
            return failure.map { .failed($0) } ?? .calledOff
        }
        let endpoint = "the token endpoint of \(backend)"
        guard !(200...299).contains(status) else {
            guard let answer = CodexTokenAnswer(body) else {
                return .failed(Failure(.invalidResponse, "\(endpoint) answered without a token"))
            }
            return .tokens(answer)
        }
        let said = refreshToken.cut(from: ProviderErrorReader.failure(status: status, body: body).message)
        // Source: RFC 6749, 5.2, and OpenAI's own client, which takes a 401 for the end of the login.
        guard status == 400 || status == 401 || status == 403 else {
            return .failed(
                Failure(
                    .unavailable, "\(endpoint) answered \(status): \(said)", side: .provider, providerStatus: status))
        }
        return .refused(reason: "\(endpoint) refused its refresh token (\(status): \(said))")
    }

    private func take(
        _ answer: CodexTokenAnswer, _ used: Secret, _ file: CodexLoginFile, _ client: HTTPClient,
        _ files: BlockingExecutor
    ) async -> Outcome {
        let now = Timestamp.now()
        let token = answer.accessToken(
            at: now.unixSeconds, client.loop.now, account: login.accountID ?? file.accountID)
        shown.withLock { $0 = [token.value, used] + [answer.refreshToken].compactMap(\.self) }
        let problem = await write(answer, over: file, at: now, on: files)
        machine.withLock { $0.renewed(file, with: used, next: answer.refreshToken, isWritten: problem == nil) }
        return .token(token, problem.map { .unwritten(reason: $0) } ?? .renewed)
    }

    // MARK: The file

    private func read(on files: BlockingExecutor) async throws -> CodexLoginFile {
        let path = login.path
        return try await files.run {
            try CodexLoginFile(try PrivateFile.read(path, bytesMax: CodexLogin.fileBytesMax))
        }
    }

    /// Writes what came into the file, unless someone has logged in there meanwhile; why it could not, nil where it could.
    private func write(
        _ answer: CodexTokenAnswer, over file: CodexLoginFile, at time: Timestamp, on files: BlockingExecutor
    ) async -> String? {
        if login.isReadOnly { return "auth_file_read_only" }
        let path = login.path
        let write: @Sendable () throws -> Void = {
            let current = try CodexLoginFile(try PrivateFile.read(path, bytesMax: CodexLogin.fileBytesMax))
            guard current.refreshToken == file.refreshToken else { return }
            try PrivateFile.replace(path, with: current.updated(with: answer, at: time))
        }
        do {
            // Also when lip ends: what is not written now is lost.
            if Task.isCancelled { try write() } else { try await files.run(write) }
            return nil
        } catch {
            return reason(of: error)
        }
    }

    /// What is wrong with the file, in words that a client may see: its path is for the log.
    private func reason(of error: any Error) -> String {
        switch error {
        case let refusal as CodexLoginFile.Refusal: "its file \(refusal.message)"
        case let problem as PrivateFile.Problem: "its file: \(problem.reason)"
        default: "its file: \(error)"
        }
    }

    private func loginIsLost(_ reason: String) -> Failure {
        Failure(
            .authentication, "the login of \(backend) cannot be used: \(reason). Log in again, as with `codex login`",
            side: .provider)
    }
}
