/// What a configuration says about how requests find their selectors; one immutable generation of it.
package struct RouteSettings: Sendable {
    /// A backend that selectors may name.
    package struct Backend: Sendable {
        package let id: String
        /// The models that it is known to serve, by the names that go on the wire.
        package let models: [String]

        package init(id: String, models: [String] = []) {
            self.id = id
            self.models = models
        }
    }

    /// A name that clients may ask for, and the selector that it stands for.
    package struct LogicalModel: Sendable {
        package let name: String
        package let selector: String

        package init(name: String, selector: String) {
            self.name = name
            self.selector = selector
        }
    }

    /// What happens to a model name that nothing knows; the raw values are those of `routing.unknown_model`.
    package enum UnknownModel: String, Sendable {
        /// It goes to the first backend of the default route as it is.
        case pass
        /// The default route serves it.
        case defaultRoute = "default_route"
        /// It is refused.
        case notFound = "not_found"
    }

    package var backends: [Backend]
    package var aliases = ModelAliases()
    package var models: [LogicalModel] = []
    /// The selector of requests that choose none; its first leaf names the backend of leaves that name none.
    package var defaultRoute: String
    package var unknownModel = UnknownModel.pass
    /// The configured backend of the vendor that a catalogue holds to be the maker of a model, if there is one.
    package var vendorBackend: @Sendable (_ model: String) -> String? = { _ in nil }

    package init(backends: [Backend], defaultRoute: String) {
        self.backends = backends
        self.defaultRoute = defaultRoute
    }
}
