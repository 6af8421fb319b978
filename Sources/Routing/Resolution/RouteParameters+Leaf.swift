import Dialects

extension RouteParameters {
    /// The generation options in a leaf's query; they override the request's own.
    ///
    /// A malformed one is a 400 that names it. Of values that were given more than once the first counts; parameters that
    /// are not known stay part of the candidate's key and mean nothing else.
    package init(_ leaf: Leaf) throws(Failure) {
        self = .none
        guard !leaf.parameters.isEmpty else { return }
        try self.init(parsing: leaf.parameters.flatMap { parameter in parameter.values.map { (parameter.name, $0) } })
    }
}
