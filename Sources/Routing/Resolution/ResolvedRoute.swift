/// The selector that serves a request, and how it was found.
package struct ResolvedRoute: Sendable, Equatable {
    /// Which of the sources of a selector decided, in the order in which they are asked.
    package enum Source: String, Sendable {
        /// The request's `X-LIP-Route` header.
        case header
        /// The model string, which is a selector itself.
        case inlineSelector = "inline_selector"
        /// An alias that matched the model string.
        case modelAlias = "model_alias"
        /// A configured name for a selector.
        case logicalModel = "logical_model"
        /// The one backend that lists the model.
        case listedModel = "listed_model"
        /// The configured backend of the model's vendor.
        case vendorModel = "vendor_model"
        /// The default route's first backend, under the client's own model name.
        case passed
        /// The default route.
        case defaultRoute = "default_route"
    }

    /// The selector, with a backend in every leaf.
    package let selector: Selector
    package let source: Source
    /// The text that was chosen, before aliases.
    package let text: String
    /// The text that an alias made of it, or, where that is the name of a logical model, the model's own selector.
    package let rewrittenText: String?
    /// The alias that matched, counted from 0.
    package let aliasRule: Int?

    /// The text that the selector was parsed from.
    package var effectiveText: String { rewrittenText ?? text }

    /// The same route, as another source led to it.
    func found(by source: Source) -> ResolvedRoute {
        ResolvedRoute(
            selector: selector, source: source, text: text, rewrittenText: rewrittenText, aliasRule: aliasRule)
    }
}
