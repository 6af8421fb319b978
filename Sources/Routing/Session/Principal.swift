/// Who a request comes from, as far as lip can tell: what sessions, bindings and cancellations belong to.
package enum Principal: Hashable, Sendable {
    /// Everybody, where no client key is asked for: that is possible on loopback only, and there the addresses tell nobody
    /// apart.
    case local
    /// Whoever presents the client key at this place of the configuration; counted from 0.
    case clientKey(Int)
}
