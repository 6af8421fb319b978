/// Why a request's body could not be read.
package enum HTTPBodyError: Error, Hashable, Sendable {
    /// It is, or grew, longer than the caller takes; the rest was not read. Answer 413; the connection is closed after.
    case tooLarge
    /// The client sent it more slowly than the server waits. Answer 408; the connection is closed after.
    case timeout
    /// The client left, or the server is being cut off; no answer can arrive.
    case clientGone
    /// The server stops and waits no longer for it. Answer 503; the connection is closed after.
    case cutShort
    /// Its chunked framing is broken. Answer 400; the connection is closed after.
    case malformed
}
