import Dialects
import Routing

extension Attempt {
    /// What the encoding of the call needs, on whatever thread.
    struct Encoding: Sendable {
        let call: Call
        let backend: Backend
        let codec: ProviderCodec
        let parameters: RouteParameters
        let model: String
        let stream: Bool

        init(_ attempt: Attempt) throws(Failure) {
            parameters = try RouteParameters(attempt.leaf)
            call = attempt.call
            backend = attempt.backend
            codec = attempt.codec
            model = backend.wireModel(attempt.leaf.model, provider: parameters.provider)
            stream = attempt.isStreamed
        }

        func encode() throws(Failure) -> EncodedRequest {
            var encoded = try codec.encode(call, as: model, stream: stream, parameters: parameters)
            if let provider = parameters.provider { try backend.pin(provider, in: &encoded) }
            return encoded
        }
    }
}
