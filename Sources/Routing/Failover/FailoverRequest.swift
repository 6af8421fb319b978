import Runtime

/// What a plan has to know of the request that it is made for.
package struct FailoverRequest: Sendable {
    /// When the request began, from which a budget of the whole route counts.
    package var start: MonotonicInstant
    /// How large it is; nil lets it pass every bound of size.
    package var size: TokenEstimate?
    /// Whether it is the first of its conversation, which goes to a `[first]` branch; one without a session always is.
    package var isFirst = true
    /// The backend that a sticky route is bound to: it has the first turn, alone, wherever it stands in the selector.
    package var sticky: AffinityBinding?

    package init(
        start: MonotonicInstant, size: TokenEstimate? = nil, isFirst: Bool = true, sticky: AffinityBinding? = nil
    ) {
        self.start = start
        self.size = size
        self.isFirst = isFirst
        self.sticky = sticky
    }
}
