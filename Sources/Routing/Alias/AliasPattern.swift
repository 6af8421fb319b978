import CRE2

/// A compiled regular expression in RE2's syntax, which matches in linear time whatever the pattern and text.
///
/// Owns the C handle. Safety of `@unchecked Sendable`: the handle never changes after `init`, RE2's matching may be called
/// from any thread at once, and `deinit` runs when nobody is left to call it.
final class AliasPattern: @unchecked Sendable {
    /// What one pattern may take for its program and for the automata that matching builds, in bytes.
    static let memoryBytesMax: Int64 = 1 << 20

    /// Why a pattern cannot be compiled, in RE2's words.
    struct Problem: Error {
        let message: String
    }

    private let handle: OpaquePointer
    /// The number of groups, the whole match not counted.
    let groupCount: Int

    init(_ pattern: String) throws(Problem) {
        let bytes = Array(pattern.utf8)
        guard let handle = cre2_compile(bytes, bytes.count, Self.memoryBytesMax) else {
            throw Problem(message: "out of memory")
        }
        if let error = cre2_error(handle) {
            let message = String(cString: error)
            cre2_free(handle)
            throw Problem(message: message)
        }
        self.handle = handle
        groupCount = Int(cre2_group_count(handle))
    }

    deinit {
        cre2_free(handle)
    }

    /// The number of the group with this name.
    func group(named name: String) -> Int? {
        let group = cre2_group_named(handle, name, name.utf8.count)
        return group < 0 ? nil : Int(group)
    }

    /// Finds the first match at or behind `start` and fills `groups` with its offsets, the whole match first.
    ///
    /// A group that took no part has the start -1. `groups` must have room for every group and the whole match.
    func match(_ text: [UInt8], from start: Int, groups: inout [cre2_range]) -> Bool {
        cre2_match(handle, text, text.count, start, &groups, Int32(groups.count))
    }
}
