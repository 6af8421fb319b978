/// The values that annotations and global parameters take.
enum AnnotationValue {
    /// Why a value is refused.
    enum Problem: Error {
        /// It is not of the form that its key takes, or not positive.
        case malformed
        /// It is of that form but beyond what 64 bits hold.
        case tooLarge
    }

    /// A positive decimal integer of 64 bits; a `+` and leading zeros are allowed.
    static func positiveInteger(_ bytes: ArraySlice<UInt8>) -> Int? {
        let digits = bytes.first == UInt8(ascii: "+") ? bytes.dropFirst() : bytes
        guard !digits.isEmpty else { return nil }
        var value = 0
        for byte in digits {
            guard let digit = decimalValue(byte) else { return nil }
            let (scaled, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, overflowed) = scaled.addingReportingOverflow(digit)
            if overflow || overflowed { return nil }
            value = sum
        }
        return value > 0 ? value : nil
    }

    /// A count of tokens: a positive integer, then perhaps blanks and `K` (1000) or `M` (1000000) in either case.
    static func tokens(_ text: SelectorText, _ range: Range<Int>) throws(Problem) -> Int {
        var number = range
        var unit = 1
        if let last = text.bytes[range].last {
            switch last | 0x20 {
            case UInt8(ascii: "k"): unit = 1000
            case UInt8(ascii: "m"): unit = 1_000_000
            default: break
            }
        }
        if unit != 1 { number = text.trimmed(range.lowerBound..<range.upperBound - 1) }
        guard let count = positiveInteger(text.bytes[number]) else { throw .malformed }
        let (tokens, overflow) = count.multipliedReportingOverflow(by: unit)
        if overflow { throw .tooLarge }
        return tokens
    }

    /// A span of time: whole seconds, or a number with the unit `ms`, `s` or `m`, as in `30`, `800ms`, `1.5s`, `2m`.
    ///
    /// The bound is 2^63 - 1 nanoseconds; what is shorter than a nanosecond is cut off.
    static func duration(_ bytes: ArraySlice<UInt8>) throws(Problem) -> Duration {
        if let seconds = positiveInteger(bytes) {
            let (nanoseconds, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
            if overflow { throw .tooLarge }
            return .nanoseconds(nanoseconds)
        }
        let nanosecondsPerUnit: Int
        let number: ArraySlice<UInt8>
        if bytes.suffix(2).elementsEqual("ms".utf8) {
            (nanosecondsPerUnit, number) = (1_000_000, bytes.dropLast(2))
        } else if bytes.last == UInt8(ascii: "s") {
            (nanosecondsPerUnit, number) = (1_000_000_000, bytes.dropLast())
        } else if bytes.last == UInt8(ascii: "m") {
            (nanosecondsPerUnit, number) = (60_000_000_000, bytes.dropLast())
        } else {
            throw .malformed
        }
        return .nanoseconds(try nanoseconds(number, perUnit: nanosecondsPerUnit))
    }

    private static func nanoseconds(_ number: ArraySlice<UInt8>, perUnit: Int) throws(Problem) -> Int {
        let unsigned = number.first == UInt8(ascii: "+") ? number.dropFirst() : number
        let point = unsigned.firstIndex(of: UInt8(ascii: ".")) ?? unsigned.endIndex
        let whole = unsigned[..<point]
        let fraction = unsigned[point...].dropFirst()
        guard !whole.isEmpty, whole.allSatisfy({ decimalValue($0) != nil }),
            fraction.allSatisfy({ decimalValue($0) != nil }), point == unsigned.endIndex || !fraction.isEmpty
        else { throw .malformed }
        var total = 0
        for byte in whole {
            let (scaled, overflow) = total.multipliedReportingOverflow(by: 10)
            let (sum, overflowed) = scaled.addingReportingOverflow((decimalValue(byte) ?? 0) * perUnit)
            if overflow || overflowed { throw .tooLarge }
            total = sum
        }
        var scale = perUnit
        for byte in fraction {
            scale /= 10
            let (sum, overflow) = total.addingReportingOverflow((decimalValue(byte) ?? 0) * scale)
            if overflow { throw .tooLarge }
            total = sum
        }
        guard total > 0 else { throw .malformed }
        return total
    }

    private static func decimalValue(_ byte: UInt8) -> Int? {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) ? Int(byte - UInt8(ascii: "0")) : nil
    }
}
