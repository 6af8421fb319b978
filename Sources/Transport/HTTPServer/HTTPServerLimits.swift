/// The bounds that a server holds its clients to; sizes in bytes.
package struct HTTPServerLimits: Sendable {
    /// A request line and its fields together; over it 414 (no end of line yet) or 431.
    package var requestHeadBytesMax = 64 * 1024
    /// Fields of one request; over it 431.
    package var requestFieldCountMax = 256
    /// The most that `HTTPExchange.readBody` takes, whatever its caller asks for.
    package var requestBodyBytesMax = 32 * 1024 * 1024
    /// Body bytes taken from the socket before the handler has asked for any.
    package var bodyPrefetchBytesMax = 64 * 1024
    /// Chunk extensions (which are skipped) over one whole body.
    package var chunkExtensionBytesMax = 16 * 1024
    /// The trailer section after the last chunk.
    package var trailerBytesMax = 8 * 1024
    /// Bytes of further requests kept while one is being served; reading stops there.
    package var pipelinedBytesMax = 64 * 1024
    /// From a request's first byte to the end of its head.
    package var headTimeout = Duration.seconds(10)
    /// For the body, from when the handler asks for it; each byte received adds its time at `bodyBytesPerSecondMin`.
    package var bodyTimeout = Duration.seconds(30)
    /// The slowest upload that is waited for, beyond `bodyTimeout`.
    package var bodyBytesPerSecondMin = 8 * 1024
    /// Without a byte of the next request.
    package var idleTimeout = Duration.seconds(120)
    /// Without the client taking a byte of what is ready for it; noticed with up to a quarter of it more.
    package var writeStallTimeout = Duration.seconds(60)
    /// The slowest download of a finished answer that is waited for, beyond `writeStallTimeout`.
    package var answerBytesPerSecondMin = 1024
    /// Bytes ready for one client beyond which writers wait.
    package var outboundBufferBytesMax = 256 * 1024
    /// After an early answer, the time in which the client may go on sending (and find the answer)...
    package var lingerTimeout = Duration.seconds(10)
    /// ...but no longer than this while the server stops and the client has sent its request whole: only a next one can be
    /// on its way, and many clients keep a connection that they do not use...
    package var shutdownLingerTimeout = Duration.seconds(1)
    /// ...and the bytes that are read and dropped in it.
    package var lingerBytesMax = 64 * 1024 * 1024
    /// Connections open at a time over all loops; one more is answered 503.
    package var connectionsMax = 10_000

    package init() {}

    /// How long a client has for so many bytes of a complete answer.
    func drainTime(of count: Int) -> Duration {
        writeStallTimeout + .seconds(Int64(count / max(answerBytesPerSecondMin, 1)))
    }
}
