import Dialects
import Routing
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

    /// The parameters of a leaf that mean nothing here, as they are named among the fields that were left out.
    func placelessParameters(of leaf: Leaf) -> [String] {
        guard !leaf.parameters.isEmpty else { return [] }
        var names = RouteParameters.unknownNames(of: leaf)
        let kind = configuration.kind
        // A malformed one is refused when the call is encoded.
        if kind.providerPinning != .body, let provider = (try? RouteParameters(leaf))?.provider,
            wireModel(leaf.model, provider: provider) == wireModel(leaf.model, provider: nil)
        {
            names.append("provider")
        }
        return names.map(RouteParameters.path)
    }

    /// Pins an aggregator's sub-provider in the body; one that the client pinned itself stays, and the other is named as left
    /// out.
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
        guard document.root["provider"] == nil else {
            request.droppedFields.append(RouteParameters.path(of: "provider"))
            return
        }
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
