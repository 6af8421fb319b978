import Dialects
import Routing
import Transport

/// The answer of `POST /lip/v1/a-legs/{id}/cancel`.
enum CancellationAnswer {
    /// The requests of the A-leg, if any ran, have been called off.
    static func cancelled(_ aLeg: ALegID) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("a_leg_id")
        writer.string(aLeg.description)
        writer.key("status")
        writer.string("cancelled")
        writer.endObject()
        return writer.bytes
    }

    /// The client has no such A-leg: whether somebody else has is not told.
    static let unknown = Failure(
        .notFound, "None of your running requests or sessions has this A-leg.", side: .client, code: "a_leg_not_found")
}
