import Dialects
import Testing
import Transport

@testable import Gateway

@Suite struct UpstreamFailureTests {
    @Test(
        "what the transport reports becomes a failure that names the provider",
        arguments: [
            (.timeout(.connect), .timeout), (.timeout(.head), .timeout), (.timeout(.idle), .timeout),
            (.timeout(.total), .timeout), (.resolve, .connection), (.connect, .connection), (.tls, .connection),
            (.certificate, .connection),
            (.reset, .connection), (.prematureEnd, .prematureEnd), (.protocolViolation, .invalidResponse),
            (.tooLarge, .invalidResponse), (.forbiddenAddress, .internalError), (.shutDown, .unavailable),
            (.invalidRequest, .internalError), (.internalFailure, .internalError),
        ] as [(HTTPClientError.Kind, Failure.Kind)])
    func kinds(kind: HTTPClientError.Kind, expected: Failure.Kind) throws {
        let error = HTTPClientError(kind: kind, message: "10.0.0.1 port 443: secret detail")
        let failure = try #require(Failure(error, backend: "mine", hasAnswered: false))
        #expect(failure.kind == expected)
        #expect(failure.message.hasPrefix("the provider mine "))
        #expect(!failure.message.contains("detail"), "the detail is for the log")
    }

    @Test("a connection that is reset after the head has broken an answer off")
    func brokenOff() throws {
        let error = HTTPClientError(kind: .reset, message: "")
        #expect(try #require(Failure(error, backend: "mine", hasAnswered: true)).kind == .prematureEnd)
    }

    @Test("a call that was called off has not failed")
    func cancelled() {
        #expect(Failure(HTTPClientError(kind: .cancelled, message: ""), backend: "mine", hasAnswered: false) == nil)
    }

    @Test("after output nothing is tried again")
    func afterOutput() throws {
        let error = HTTPClientError(kind: .reset, message: "")
        #expect(try #require(Failure(error, backend: "mine", hasAnswered: false)).retry == .otherLeg)
        let late = try #require(Failure(error, backend: "mine", hasAnswered: true, phase: .afterOutput))
        #expect(late.retry == .never && late.phase == .afterOutput)
    }
}
