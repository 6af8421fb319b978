import Glibc

/// A system call that failed: its name and errno.
package struct SystemError: Error, Hashable, Sendable, CustomStringConvertible {
    package var operation: String
    package var code: CInt

    package init(operation: String, code: CInt) {
        self.operation = operation
        self.code = code
    }

    package var description: String {
        "\(operation): \(String(cString: strerror(code)))"
    }

    /// Returns the result of a call that reports failure as a negative number, or throws with `errno`.
    package static func check(_ operation: String, _ result: CInt) throws(SystemError) -> CInt {
        guard result >= 0 else { throw SystemError(operation: operation, code: errno) }
        return result
    }
}
