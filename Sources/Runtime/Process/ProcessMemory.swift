import CLinux
import Glibc

/// What the process asks of the C library's allocator.
package enum ProcessMemory {
    /// The largest block of each size that a thread's cache of glibc tells apart.
    private static let cachedBlockSizes = Array(stride(from: 24, through: 1032, by: 16))
    /// How many blocks of a size such a cache holds, as glibc is built.
    private static let cachedBlockCountMax = 7

    /// Bounds the arenas of malloc; call it before threads start.
    ///
    /// Also keeps large blocks apart from the heap, so that their pages go back when they are freed. The default is 8 arenas
    /// a core, one for nearly every thread; what one thread frees then serves no other. One a loop and one for all other
    /// threads keeps loops from contending.
    package static func limitArenas(to count: Int) {
        mallopt(M_ARENA_MAX, CInt(clamping: max(1, count)))
        // Left alone, the threshold follows the largest block that was freed, and the next large bodies come from the
        // heap, where what lies behind them keeps their pages.
        mallopt(M_MMAP_THRESHOLD, 1 << 20)
    }

    /// Gives free pages back to the system; returns whether there were any.
    ///
    /// glibc by itself returns only what lies at the end of an arena: measured with 1,000 streams of 110 KiB, one small
    /// object a stream that stays was enough to keep 148 of 148 MiB, and a trim brought them down to 7. It took 19 ms then
    /// and 0.7 ms when there was nothing to return, with the arena locked: call it off the loops, when little is going on.
    @discardableResult
    package static func trim() -> Bool {
        malloc_trim(0) != 0
    }

    /// Takes the free blocks that malloc keeps for the calling thread; `free(_:)` gives them back.
    ///
    /// glibc keeps up to 7 blocks of each of 64 sizes a thread, on top of what `mallopt` can change, and a trim passes them
    /// by: after a peak they lie all over the heap and hold a page each. So they are allocated here, all of them, and freed by
    /// a thread that ends thereafter, which is when its own cache goes back to the heap. Where malloc keeps none, or fewer,
    /// some blocks are allocated and freed again: 10 to 50 us.
    package static func takeThreadCache() -> [UInt] {
        var addresses: [UInt] = []
        addresses.reserveCapacity(cachedBlockCountMax * cachedBlockSizes.count)
        for bytes in cachedBlockSizes {
            for _ in 0..<cachedBlockCountMax {
                guard let block = malloc(bytes) else { break }
                addresses.append(UInt(bitPattern: block))
            }
        }
        return addresses
    }

    /// Frees what `takeThreadCache()` took, each once.
    package static func free(_ addresses: [UInt]) {
        for address in addresses { Glibc.free(UnsafeMutableRawPointer(bitPattern: address)) }
    }

    /// Bytes of the process that are in memory; nil when the kernel does not say.
    package static func residentBytes() -> Int? {
        let descriptor = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 128)
        let count = read(descriptor, &bytes, bytes.count)
        guard count > 0 else { return nil }
        // Total and resident pages, and others, separated by blanks.
        let fields = bytes[..<count].split(separator: UInt8(ascii: " "))
        guard fields.count > 1, let pages = Int(String(decoding: fields[1], as: UTF8.self)) else { return nil }
        return pages * Int(sysconf(CInt(_SC_PAGESIZE)))
    }
}
