/// Why a text is not a quantity: what to tell, and what to write instead.
struct QuantityError: Error, Hashable {
    var message: String
    var suggestion: String?
}

/// Reads durations: numbers with the units `ms`, `s`, `m` and `h`, such as `300ms`, `1.5s`, `2m` or `1h30m`.
enum DurationText {
    private static let units: [(name: String, nanoseconds: Double)] = [
        ("ms", 1e6), ("s", 1e9), ("m", 60e9), ("h", 3600e9),
    ]
    /// Longer than anything configured makes sense of, and far from overflow.
    private static let nanosecondsMax = 366 * 24 * 3600e9

    /// Parses the text of a duration; a bare number is an error, except that `0` needs a unit too.
    static func parse(_ text: String) throws(QuantityError) -> Duration {
        var rest = text[...]
        guard !rest.isEmpty else { throw QuantityError(message: "expected a duration such as 300ms, 1.5s, 2m or 1h") }
        var total = 0.0
        while !rest.isEmpty {
            let number = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            rest = rest.dropFirst(number.count)
            let unit = rest.prefix { !($0.isNumber || $0 == ".") }
            rest = rest.dropFirst(unit.count)
            guard let value = Double(number), number.last != ".", number.first != "." else {
                throw QuantityError(
                    message: "expected a duration such as 300ms, 1.5s, 2m or 1h, found \(quoted(text))")
            }
            guard !unit.isEmpty else {
                throw QuantityError(
                    message: "a duration needs a unit, found the bare number \(quoted(text))",
                    suggestion: "did you mean \(text)s or \(text)ms?")
            }
            guard let scale = units.first(where: { $0.name == unit })?.nanoseconds else {
                throw QuantityError(
                    message: "unknown unit \(quoted(String(unit))) in \(quoted(text)): durations have ms, s, m or h",
                    suggestion: Self.meant(number, unit))
            }
            total += value * scale
        }
        guard total <= nanosecondsMax else { throw QuantityError(message: "\(text) is too long: at most 366 days") }
        return .nanoseconds(Int64(total.rounded()))
    }

    /// What somebody may have meant who wrote `10 sec`, `5S` or `1d`, as a suggestion.
    private static func meant(_ number: Substring, _ unit: Substring) -> String? {
        let word = unit.filter { $0 != " " }.lowercased()
        if ["d", "day", "days"].contains(word), let days = Int(number), days < 366 {
            return "did you mean \(days * 24)h?"
        }
        let spellings = [
            "ms": ["ms", "msec", "millis", "milliseconds"], "s": ["s", "sec", "secs", "second", "seconds"],
            "m": ["m", "min", "mins", "minute", "minutes"], "h": ["h", "hr", "hrs", "hour", "hours"],
        ]
        return spellings.first { $0.value.contains(word) }.map { "did you mean \(number)\($0.key)?" }
    }

    /// The shortest exact form: `800ms`, `1.5s`, `2m`, `1h30m`.
    static func format(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        var milliseconds = seconds * 1000 + attoseconds / 1_000_000_000_000_000
        if milliseconds < 1000 { return "\(milliseconds)ms" }
        if milliseconds % 60_000 == 0 {
            let minutes = milliseconds / 60_000
            if minutes % 60 == 0 { return "\(minutes / 60)h" }
            return minutes < 60 ? "\(minutes)m" : "\(minutes / 60)h\(minutes % 60)m"
        }
        let whole = milliseconds / 1000
        milliseconds %= 1000
        guard milliseconds > 0 else { return "\(whole)s" }
        var fraction = String(String(milliseconds + 1000).dropFirst())
        while fraction.hasSuffix("0") { fraction.removeLast() }
        return "\(whole).\(fraction)s"
    }
}

/// Reads sizes: whole bytes, or a number with `B`, `KiB`, `MiB` or `GiB`.
enum SizeText {
    private static let units: [(name: String, shift: Int)] = [("B", 0), ("KiB", 10), ("MiB", 20), ("GiB", 30)]

    static func parse(_ text: String) throws(QuantityError) -> Int {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let unit = text.dropFirst(digits.count)
        guard !digits.isEmpty, !unit.hasPrefix(".") else {
            throw QuantityError(message: "expected a size such as 64KiB, 32MiB or 1048576, found \(quoted(text))")
        }
        guard let shift = unit.isEmpty ? 0 : units.first(where: { $0.name == unit })?.shift else {
            let meant = units.first { other in
                let letters = unit.lowercased()
                return letters == other.name.lowercased() || letters + "ib" == other.name.lowercased()
                    || letters == "\(other.name.prefix(1).lowercased())b"
            }
            throw QuantityError(
                message: "unknown unit \(quoted(String(unit))) in \(quoted(text)): sizes have B, KiB, MiB or GiB",
                suggestion: meant.map { "did you mean \(digits)\($0.name)?" })
        }
        guard let number = Int(digits), number <= Int.max >> 32 else {
            throw QuantityError(message: "\(quoted(text)) is too large")
        }
        return number << shift
    }
}

/// Reads token counts: whole numbers, with `K` for thousands or `M` for millions as in selectors.
enum TokenCountText {
    static func parse(_ text: String) throws(QuantityError) -> Int {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let scales = ["": 1, "k": 1000, "K": 1000, "m": 1_000_000, "M": 1_000_000]
        guard let scale = scales[String(text.dropFirst(digits.count))], let number = Int(digits), number > 0,
            number <= Int.max / scale
        else {
            throw QuantityError(
                message: "expected a number of tokens such as 128000, 128K or 1M, found \(quoted(text))")
        }
        return number * scale
    }
}
