import Dialects

/// The call that a request decodes to; nil where it is refused, which must be the client's mistake and say why.
package func acceptedCall(_ decode: () throws(Failure) -> Call) -> Call? {
    do throws(Failure) {
        return try decode()
    } catch {
        precondition(error.side == .client, "a refused request is not the client's mistake")
        precondition(error.status == 400 || error.status == 413, "a refused request has another status")
        precondition(!error.message.isEmpty && error.message.utf8.count <= 4200, "a refusal is silent or unbounded")
        return nil
    }
}
