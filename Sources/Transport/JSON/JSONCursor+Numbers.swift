import CSimdjson

extension JSONCursor {
    /// The number if it is an integer in range, however it is spelt: `3`, `3.0` and `3e0` are the same; else nil.
    package var int: Int? {
        exactInteger.flatMap { number in
            number.isNegative
                ? (number.magnitude <= UInt64(Int.max) + 1 ? Int(truncatingIfNeeded: 0 &- number.magnitude) : nil)
                : Int(exactly: number.magnitude)
        }
    }

    /// The number if it is an unsigned integer in range, however it is spelt; else nil.
    package var uint64: UInt64? {
        exactInteger.flatMap { $0.isNegative && $0.magnitude != 0 ? nil : $0.magnitude }
    }

    /// The nearest double; nil if the value is no number, or is beyond what doubles reach.
    package var double: Double? {
        let node = self.node
        guard node.kindBits == LIP_JSON_NUMBER.rawValue else { return nil }
        var value = 0.0
        if lip_json_double(bytes + Int(node.start), node.range.count, &value) { return value }
        // Too small becomes a subnormal or zero here, too large an infinity.
        let slow = Double(String(decoding: text(node.range), as: UTF8.self))
        return slow.flatMap { $0.isFinite ? $0 : nil }
    }

    /// Sign and magnitude, if the number is an integer of at most 64 bits.
    private var exactInteger: (isNegative: Bool, magnitude: UInt64)? {
        let node = self.node
        guard node.kindBits == LIP_JSON_NUMBER.rawValue else { return nil }
        var digits = text(node.range)[...]
        let isNegative = digits.first == UInt8(ascii: "-")
        if isNegative { digits.removeFirst() }
        let magnitude = node.isInteger ? Self.integer(digits) : Self.integerOfDecimal(digits)
        return magnitude.map { (isNegative, $0) }
    }

    private static func integer(_ digits: Slice<UnsafeBufferPointer<UInt8>>) -> UInt64? {
        var value: UInt64 = 0
        for digit in digits {
            let (product, overflows) = value.multipliedReportingOverflow(by: 10)
            let (sum, carries) = product.addingReportingOverflow(UInt64(digit & 0x0F))
            if overflows || carries { return nil }
            value = sum
        }
        return value
    }

    /// The integer that a number with fraction or exponent stands for: its digits without trailing zeros, and a power
    /// of ten that must not be negative.
    private static func integerOfDecimal(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> UInt64? {
        let exponentMark = text.firstIndex { $0 | 0x20 == UInt8(ascii: "e") } ?? text.endIndex
        let point = text[..<exponentMark].firstIndex(of: UInt8(ascii: ".")) ?? exponentMark
        var mantissa = text[..<exponentMark]
        while let last = mantissa.last, last == UInt8(ascii: "0") || last == UInt8(ascii: ".") {
            mantissa.removeLast()
        }
        guard mantissa.contains(where: { $0 != UInt8(ascii: "0") && $0 != UInt8(ascii: ".") }) else { return 0 }
        // Digits after the point count negatively, zeros trimmed before it positively.
        let shift = mantissa.endIndex > point ? -(mantissa.endIndex - point - 1) : point - mantissa.endIndex
        let power = shift + exponent(text[exponentMark...].dropFirst())
        guard power >= 0 else { return nil }
        var value: UInt64 = 0
        for byte in mantissa where byte != UInt8(ascii: ".") {
            let (product, overflows) = value.multipliedReportingOverflow(by: 10)
            let (sum, carries) = product.addingReportingOverflow(UInt64(byte & 0x0F))
            if overflows || carries { return nil }
            value = sum
        }
        // Not zero, so this ends after at most twenty rounds.
        for _ in 0..<power {
            let (product, overflows) = value.multipliedReportingOverflow(by: 10)
            if overflows { return nil }
            value = product
        }
        return value
    }

    /// The exponent, held within ±(2⁴⁰), far beyond any document's number of digits.
    private static func exponent(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> Int {
        var value = 0
        for byte in text where byte != UInt8(ascii: "+") && byte != UInt8(ascii: "-") {
            value = min(value * 10 + Int(byte & 0x0F), 1 << 40)
        }
        return text.first == UInt8(ascii: "-") ? -value : value
    }
}
