/// One target of a selector: a model at a backend, with the parameters and budgets written beside it.
package struct Leaf: Sendable, Equatable {
    /// The backend's configured id; nil where only a model was written.
    package private(set) var backend: String?
    /// The model's name as the backend knows it; never empty.
    package let model: String
    /// The query's parameters, sorted by the bytes of their names.
    package let parameters: [QueryParameter]
    /// What tells this leg from the others of the selector.
    package private(set) var key: CandidateKey

    /// The share of a weighted arm's draws; 1 where none was written, and in arms of other kinds.
    package var weight = 1
    /// Whether the first request of a session goes to this branch of a weighted arm.
    package var first = false
    /// The head start over the other legs of a race.
    package var handicap: Duration?
    /// The time from this leg's start to its first model output.
    package var ttftTimeout: Duration?
    /// The size in tokens that a request must exceed to be served here.
    package var minContext: Int?
    /// The largest request, in tokens, that may be served here.
    package var maxContext: Int?

    /// Where the leaf with its annotations begins in the text: 1-based, counted in Unicode scalars.
    package var column: Int

    /// The query in the form that the key holds.
    let encodedQuery: String

    package init(backend: String?, model: String, parameters: [QueryParameter] = [], column: Int = 1) {
        self.init(
            backend: backend, model: model, parameters: parameters, encodedQuery: QueryString.encode(parameters),
            column: column)
    }

    init(backend: String?, model: String, parameters: [QueryParameter], encodedQuery: String, column: Int) {
        self.backend = backend
        self.model = model
        self.parameters = parameters
        self.encodedQuery = encodedQuery
        self.column = column
        key = CandidateKey(backend: backend, model: model, encodedQuery: encodedQuery)
    }

    /// The leaf with a backend where none was written; its key then names the backend too.
    package func filled(withBackend backend: String) -> Leaf {
        guard self.backend == nil else { return self }
        var leaf = self
        leaf.backend = backend
        leaf.key = CandidateKey(backend: backend, model: model, encodedQuery: encodedQuery)
        return leaf
    }

    /// Whether two leaves mean the same; their columns do not count.
    package static func == (left: Leaf, right: Leaf) -> Bool {
        left.key == right.key && left.backend == right.backend && left.weight == right.weight
            && left.first == right.first && left.handicap == right.handicap && left.ttftTimeout == right.ttftTimeout
            && left.minContext == right.minContext && left.maxContext == right.maxContext
    }
}
