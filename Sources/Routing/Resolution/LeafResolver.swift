import Dialects

/// Gives the leaves of a selector that name no backend the one that serves them.
struct LeafResolver: Sendable {
    /// Who wrote a selector.
    enum Author: Sendable {
        case client
        /// The configuration; `model` is the logical model whose selector it is, `isRewritten` whether an alias made it.
        case configuration(model: String? = nil, isRewritten: Bool = false)
    }

    let backends: Set<String>
    let logicalModels: Set<String>
    let finder: BackendFinder
    /// The backend of leaves that nothing else leads anywhere.
    let defaultBackend: String

    /// - Parameter defaultBackend: The default route's first backend; empty where there is none, so that leaves without a backend are not judged by it.
    init(_ settings: RouteSettings, defaultBackend: String) {
        backends = Set(settings.backends.map(\.id))
        logicalModels = Set(settings.models.map(\.name))
        finder = BackendFinder(settings)
        self.defaultBackend = defaultBackend
    }

    /// The selector with a backend in every leaf.
    ///
    /// - Throws: The first leaf that cannot be meant as it stands: one whose backend is not configured, that is the name of a
    ///   backend or of a logical model and of no model that is known, or that has a malformed parameter, whether or not
    ///   a request would ever reach it.
    func filled(_ selector: Selector, by author: Author) throws(RouteError) -> Selector {
        var selector = selector
        for arm in selector.arms.indices {
            for leg in selector.arms[arm].legs.indices {
                selector.arms[arm].legs[leg] = try filled(selector.arms[arm].legs[leg], by: author)
            }
        }
        return selector
    }

    private func filled(_ leaf: Leaf, by author: Author) throws(RouteError) -> Leaf {
        let leaf = try led(leaf, by: author)
        do throws(Failure) {
            _ = try RouteParameters(leaf)
        } catch {
            throw .malformedParameter(error.parameter ?? "", problem: error.message, column: leaf.column)
        }
        return leaf
    }

    private func led(_ leaf: Leaf, by author: Author) throws(RouteError) -> Leaf {
        if let backend = leaf.backend {
            guard backends.contains(backend) else { throw .unknownBackend(backend, column: leaf.column) }
            return leaf
        }
        guard let (id, _) = finder.find(leaf.model) else {
            try refuse(leaf, by: author)
            return leaf.filled(withBackend: defaultBackend)
        }
        // What a client wrote itself says no more than it did; what the configuration wrote is meant to be found.
        if case .configuration = author { return leaf.filled(withBackend: id) }
        return leaf.filled(withBackend: defaultBackend)
    }

    /// Refuses a name that stands for something else than a model.
    private func refuse(_ leaf: Leaf, by author: Author) throws(RouteError) {
        let name = leaf.model
        if logicalModels.contains(name) {
            guard case .configuration(name, let isRewritten) = author else {
                throw .logicalModelWithinSelector(name, column: leaf.column)
            }
            // Written so, it is the model of that name at the default route's first backend.
            if isRewritten { throw .logicalModelLeadsToItself(name) }
        } else if backends.contains(name) {
            throw .backendWithoutModel(name, column: leaf.column)
        }
    }
}
