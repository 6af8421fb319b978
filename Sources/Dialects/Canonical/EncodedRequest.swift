/// A request as it goes out to a provider.
package struct EncodedRequest: Sendable, Equatable {
    /// The body.
    package var body: [UInt8]
    /// The client's fields that the provider's dialect has no place for, in the client's own spelling and order.
    package var droppedFields: [String]

    package init(body: [UInt8], droppedFields: [String] = []) {
        self.body = body
        self.droppedFields = droppedFields
    }
}
