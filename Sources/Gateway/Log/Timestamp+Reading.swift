extension Timestamp {
    /// Reads a time of RFC 3339, such as `2026-01-31T09:05:00.25+02:00`; nil for anything else.
    ///
    /// Digits beyond nanoseconds are dropped, and a leap second counts as the next second's first.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
            bytes[10] | 0x20 == UInt8(ascii: "t"), bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":"),
            let year = Self.number(bytes[0..<4], in: 1970...2261), let month = Self.number(bytes[5..<7], in: 1...12),
            let day = Self.number(bytes[8..<10], in: 1...Self.dayCount(year, month)),
            let hour = Self.number(bytes[11..<13], in: 0...23), let minute = Self.number(bytes[14..<16], in: 0...59),
            let second = Self.number(bytes[17..<19], in: 0...60)
        else { return nil }
        var rest = bytes[19...]
        var fraction: Int64 = 0
        if rest.first == UInt8(ascii: ".") {
            let digits = rest.dropFirst().prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            guard !digits.isEmpty else { return nil }
            for index in 0..<9 {
                let digit = index < digits.count ? Int64(digits[digits.startIndex + index] - UInt8(ascii: "0")) : 0
                fraction = fraction * 10 + digit
            }
            rest = rest.dropFirst(1 + digits.count)
        }
        guard let offset = Self.offset(rest) else { return nil }
        let days = Self.days(year, month, day)
        let seconds = days * 86_400 + hour * 3600 + minute * 60 + second - offset
        nanoseconds = seconds * 1_000_000_000 + fraction
    }

    /// `Z`, or hours and minutes before or behind UTC, in seconds.
    private static func offset(_ text: ArraySlice<UInt8>) -> Int64? {
        let bytes = Array(text)
        if bytes.count == 1, bytes[0] | 0x20 == UInt8(ascii: "z") { return 0 }
        guard bytes.count == 6, bytes[3] == UInt8(ascii: ":"), let hours = number(bytes[1..<3], in: 0...23),
            let minutes = number(bytes[4..<6], in: 0...59)
        else { return nil }
        switch bytes[0] {
        case UInt8(ascii: "+"): return hours * 3600 + minutes * 60
        case UInt8(ascii: "-"): return -(hours * 3600 + minutes * 60)
        default: return nil
        }
    }

    private static func number(_ digits: ArraySlice<UInt8>, in range: ClosedRange<Int64>) -> Int64? {
        var value: Int64 = 0
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            value = value * 10 + Int64(digit - UInt8(ascii: "0"))
        }
        return range.contains(value) ? value : nil
    }

    private static func dayCount(_ year: Int64, _ month: Int64) -> Int64 {
        switch month {
        case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days from 1970-01-01 to a date from then on.
    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let before = year - 1
        var days = before * 365 + before / 4 - before / 100 + before / 400 - 719_162
        for earlier in 1..<month { days += dayCount(year, earlier) }
        return days + day - 1
    }
}
