import Gateway
import Routing

/// Where a request goes that names a model and nothing else, and why.
struct ModelRoute {
    /// The selector; nil where the request is refused.
    let route: ResolvedRoute?
    /// In words.
    let reason: String

    /// Nil for what is more than the name of a model.
    init?(_ text: String, _ selector: Selector, _ context: RouteReport.Context) {
        guard selector.arms.count == 1, selector.arms[0].legs.count == 1, selector.arms[0].legs[0].backend == nil,
            let resolver = context.resolver
        else { return nil }
        do throws(RouteError) {
            let route = try resolver.resolve(header: nil, model: text)
            // An alias is told of by itself.
            guard route.source != .modelAlias else { return nil }
            self.route = route
            reason = Self.reason(route, context.configuration)
        } catch {
            guard case .unknownModel = error else { return nil }
            route = nil
            reason = "nothing knows it, and unknown_model is not_found"
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
        guard let route else { return nil }
        return route.rewrittenText ?? route.text
    }

    var json: JSONText {
        .object([
            "source": .string(route?.source.rawValue ?? "unknown_model"),
            "selector": text.map { .string($0) },
            "reason": .string(reason),
        ])
    }
}
