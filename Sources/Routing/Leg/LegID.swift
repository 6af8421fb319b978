/// What names a leg: a backend and a model there, whatever parameters or annotations were written beside them.
package struct LegID: Hashable, Sendable, CustomStringConvertible {
    package let backend: String
    package let model: String

    package init(backend: String, model: String) {
        self.backend = backend
        self.model = model
    }

    package var description: String { "\(backend):\(model)" }
}
