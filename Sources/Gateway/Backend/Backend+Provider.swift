import Dialects
import Transport

extension Backend {
    /// The model name as it goes on the wire: without the kind's own prefix, with a pinned sub-provider behind it where
    /// the kind wants it there.
    func wireModel(_ model: String, provider: String?) -> String {
        let kind = configuration.kind
        let name = kind.wireModel(model)
        guard let provider, kind.providerPinning == .modelSuffix else { return name }
        let lastSegment = name.split(separator: "/").last ?? ""
        return lastSegment.contains(":") ? name : "\(name):\(provider)"
    }

    /// Pins an aggregator's sub-provider in the body, unless the client pinned one itself.
    ///
    /// Source: OpenRouter documentation, "Provider routing".
    func pin(_ provider: String, in request: inout EncodedRequest) throws(Failure) {
        guard configuration.kind.providerPinning == .body else { return }
        let document: JSONDocument
        do {
            document = try JSONDocument(parsing: request.body, limits: JSONLimits(documentBytesMax: request.body.count))
        } catch {
            throw Failure(.internalError, "the encoded request cannot be read")
        }
        guard document.root["provider"] == nil else { return }
        var pinned = JSONWriter()
        pinned.beginObject()
        pinned.key("order")
        pinned.beginArray()
        pinned.string(provider)
        pinned.endArray()
        pinned.key("allow_fallbacks")
        pinned.bool(false)
        pinned.endObject()
        request.body = document.applying([.setMember("provider", of: document.root, to: pinned.bytes)])
    }
}
