import Dialects
import Transport

/// The first phases: reads the body and makes a call of it.
extension ModelRequest {
    /// Reads the body and begins to serve the call that it makes.
    @inline(never)
    func receive() async -> Step {
        let body: [UInt8]
        do {
            body = try await exchange.readBody(upTo: gateway.configuration.server.requestBodyBytesMax)
        } catch {
            return answer(failure(error))
        }
        return body.count >= LargeBodies.bytesMin ? await beginLarge(body) : begin(decode(body))
    }

    @inline(never)
    private func beginLarge(_ body: [UInt8]) async -> Step {
        let (frontend, head, endpoint) = (frontend, exchange.request, record.endpoint)
        let (limits, jsonLimits) = (gateway.callLimits, gateway.jsonLimits)
        do throws(CancellationError) {
            let decoded = try await gateway.largeBodies.run { () -> Result<Call, Failure> in
                Result { () throws(Failure) in
                    try frontend.decode(body, of: head, at: endpoint, limits: limits, jsonLimits: jsonLimits)
                }
            }
            return begin(decoded)
        } catch {
            return answer(callOffFailure)
        }
    }

    @inline(never)
    private func decode(_ body: [UInt8]) -> Result<Call, Failure> {
        Result { () throws(Failure) in
            try frontend.decode(
                body, of: exchange.request, at: record.endpoint, limits: gateway.callLimits,
                jsonLimits: gateway.jsonLimits)
        }
    }

    @inline(never)
    private func failure(_ error: HTTPBodyError) -> Failure {
        switch error {
        case .tooLarge:
            let limit = gateway.configuration.server.requestBodyBytesMax
            return Failure(
                .tooLarge, "The request body is larger than \(limit) bytes (server.max_request_body_bytes).",
                side: .client)
        case .timeout:
            return Failure(.timeout, "The request body did not arrive in time.", side: .client, status: 408)
        case .malformed:
            return Failure(.invalidRequest, "The request body is not framed as HTTP asks for.", side: .client)
        case .cutShort:
            return .shuttingDown
        case .clientGone:
            return callOffFailure
        }
    }
}
