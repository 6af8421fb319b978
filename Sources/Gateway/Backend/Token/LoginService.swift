import Dialects
import Runtime

/// Renews the logins of backends that have one, for the requests that ask for it.
///
/// A service and not the request's own work: a request may leave at any time, and a renewal must not.
package final class LoginService: GracefulService {
    package let name = "logins"
    private let gateway: Gateway
    private let loop: EventLoop
    private let logins: [(id: String, tokens: AccessTokens, renewal: CodexRenewal)]

    /// Nil where no backend has a login: a service must have something to do.
    package init?(_ gateway: Gateway, on loop: EventLoop) {
        logins = gateway.configuration.backends.compactMap { backend in
            guard let tokens = gateway.backend(backend.id)?.tokens, let renewal = tokens.login else { return nil }
            return (backend.id, tokens, renewal)
        }
        guard !logins.isEmpty else { return nil }
        self.gateway = gateway
        self.loop = loop
    }

    package func run() async throws {
        let files = try BlockingExecutor(name: "lip-logins")
        defer { files.shutdown() }
        try await withTaskExecutorPreference(loop) { [self] in
            try await withThrowingDiscardingTaskGroup { group in
                for login in logins {
                    group.addTask { try await self.follow(login.id, login.tokens, login.renewal, files) }
                }
            }
        }
    }

    package func beginShutdown() {
        for login in logins { login.renewal.finish() }
    }

    private func follow(
        _ id: String, _ tokens: AccessTokens, _ renewal: CodexRenewal, _ files: BlockingExecutor
    ) async throws {
        while try await renewal.isAsked() {
            log(await tokens.renew(with: gateway.client(on: loop), on: files), id, renewal.login.path)
        }
    }

    private func log(_ outcome: CodexRenewal.Outcome, _ id: String, _ path: String) {
        switch outcome {
        case .token(_, .file):
            gateway.logger.log(.debug, "login.read", [("backend", .string(id)), ("path", .string(path))])
        case .token(_, .renewed):
            gateway.logger.log(.info, "login.renewed", [("backend", .string(id)), ("path", .string(path))])
        case .token(_, .unwritten(let reason)):
            gateway.logger.log(
                .warn, "login.unwritten",
                [("backend", .string(id)), ("path", .string(path)), ("reason", .string(reason))])
        case .failed(let failure):
            gateway.logger.log(
                .warn, "login.failed",
                [("backend", .string(id)), ("path", .string(path)), ("reason", .string(failure.message))])
        case .calledOff: return
        }
    }
}
