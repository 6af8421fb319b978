/// Whose key an attempt was made with.
package enum CredentialOwner: Sendable, CaseIterable {
    /// One of the backend's configured keys, or none where it needs none.
    case gateway
    /// The client's own key, passed through.
    case client
}
