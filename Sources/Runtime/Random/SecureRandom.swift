import Glibc

/// Random numbers for secrets, from the kernel's generator (getentropy(3)); for everything else there is
/// `XoshiroGenerator`.
package enum SecureRandom {
    /// The most words of one draw: getentropy(3) fills 256 bytes, and then is not interrupted by signals either.
    package static let wordCountMax = 32

    /// Draws words in one call into the kernel; a kernel without random numbers is a trap, never a weak secret.
    package static func words(_ count: Int) -> [UInt64] {
        precondition((1...wordCountMax).contains(count), "a draw of \(count) words")
        return [UInt64](unsafeUninitializedCapacity: count) { buffer, initializedCount in
            let bytes = UnsafeMutableRawBufferPointer(buffer)
            // The buffer may be larger than what was asked for.
            guard let base = bytes.baseAddress, getentropy(base, count * MemoryLayout<UInt64>.stride) == 0 else {
                preconditionFailure("getentropy failed with errno \(errno)")
            }
            initializedCount = count
        }
    }
}
