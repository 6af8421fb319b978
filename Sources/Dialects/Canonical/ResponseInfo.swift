/// What a provider says about an answer as a whole.
package struct ResponseInfo: Sendable, Equatable {
    /// The answer's id as the provider gave it.
    package var id: String?
    /// The model that served, as the provider names it.
    package var model: String?
    /// When the answer was made, in seconds since 1970.
    package var created: Int?
    /// OpenAI's mark of the serving configuration.
    package var systemFingerprint: String?
    /// The service tier that served.
    package var serviceTier: String?
    /// The dialect that the provider answered in, where its answers hold seals; they go back only to it.
    package var issuer: DialectID?

    package init(
        id: String? = nil, model: String? = nil, created: Int? = nil, systemFingerprint: String? = nil,
        serviceTier: String? = nil, issuer: DialectID? = nil
    ) {
        self.id = id
        self.model = model
        self.created = created
        self.systemFingerprint = systemFingerprint
        self.serviceTier = serviceTier
        self.issuer = issuer
    }
}
