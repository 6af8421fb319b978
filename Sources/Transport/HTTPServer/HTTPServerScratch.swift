import Glibc

/// What the connections of one loop share: a buffer to receive into and the date.
///
/// Only one connection at a time receives on a loop, and what it received is consumed before it returns; so an idle
/// connection holds no buffer. Belongs to the loop.
final class HTTPServerScratch {
    /// One receive takes at most so much, so that one fast client does not hold up the others of its loop.
    private static let receiveBufferBytes = 64 * 1024

    let receiveBuffer: UnsafeMutableRawBufferPointer
    private var date = HTTPDateLine()

    init() {
        receiveBuffer = .allocate(byteCount: Self.receiveBufferBytes, alignment: 64)
    }

    deinit {
        receiveBuffer.deallocate()
    }

    /// The `Date` line for now.
    var dateLine: [UInt8] { date.current() }
}
