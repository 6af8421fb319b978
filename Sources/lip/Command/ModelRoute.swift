import Gateway
import Routing

/// Where a request goes that names a model and nothing else, and why.
struct ModelRoute {
    /// The selector; nil where the request is refused.
    let route: ResolvedRoute?
    /// What led to it, as `ResolvedRoute.Source` names it; `unknown_model` or `refused` where there is none.
    let source: String
    /// What a client is told where it is refused.
    let refusal: String?
    /// In words.
    let reason: String

    /// Nil for what is more than the name of a model.
    init?(_ text: String, _ context: RouteReport.Context) {
        guard let resolver = context.resolver, resolver.name(in: text) != nil else { return nil }
        self.init(context.configuration) { () throws(RouteError) in
            try resolver.resolve(header: nil, model: text)
        }
    }

    /// The same for what an alias makes of a text.
    init?(ofRewritten text: String, _ context: RouteReport.Context) {
        // What a template takes over is not known before.
        guard let resolver = context.resolver, let name = resolver.name(in: text), !name.contains("$") else {
            return nil
        }
        self.init(context.configuration) { () throws(RouteError) in try resolver.route(ofRewritten: name) }
    }

    private init(_ configuration: Configuration, _ resolve: () throws(RouteError) -> ResolvedRoute) {
        do throws(RouteError) {
            let route = try resolve()
            self.route = route
            source = route.source.rawValue
            refusal = nil
            reason = Self.reason(route, configuration)
        } catch {
            route = nil
            refusal = error.message
            if case .unknownModel = error {
                (source, reason) = ("unknown_model", "nothing knows it, and unknown_model is not_found")
            } else {
                (source, reason) = ("refused", error.message)
            }
        }
    }

    private static func reason(_ route: ResolvedRoute, _ configuration: Configuration) -> String {
        let leaf = route.selector.arms[0].legs[0]
        switch route.source {
        case .header, .inlineSelector, .modelAlias: return ""
        case .logicalModel: return "it stands under models"
        case .listedModel, .vendorModel:
            return reason(finding: leaf.model, at: leaf.backend ?? "", route.source, configuration)
        case .passed: return "nothing knows it, and unknown_model is pass"
        case .defaultRoute: return "nothing knows it, and unknown_model is default_route"
        }
    }

    /// Why a model that is named without a backend is found at one.
    static func reason(
        finding model: String, at id: String, _ source: ResolvedRoute.Source, _ configuration: Configuration
    ) -> String {
        guard source == .vendorModel else { return "\(id) alone lists it" }
        guard let entry = configuration.catalogueViews[id]?[model] else { return "" }
        let name = entry.pattern == model ? "it" : entry.pattern
        return "the catalogue has \(name) from \(entry.vendor), and \(id) is the first backend that serves that"
    }

    /// The selector as text; nil where the request is refused.
    var text: String? {
        route?.effectiveText
    }

    var json: JSONText {
        .object([
            "source": .string(source),
            "selector": text.map { .string($0) },
            "reason": .string(reason),
        ])
    }
}
