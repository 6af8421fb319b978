import Transport

/// Checks of single request fields, shared by the dialects; null counts as absent unless a check says otherwise.
///
/// `name` is the member's name in the object that holds it.
enum FieldCheck {
    /// What stands at a value, for messages.
    static func describe(_ value: JSONCursor) -> String {
        switch value.kind {
        case .object: "an object"
        case .array: "an array"
        case .string: "a string"
        case .number: "a number"
        case .true, .false: "a boolean"
        case .null: "null"
        }
    }

    static func mismatch(_ value: JSONCursor, _ name: String, _ expected: String) -> MalformedField {
        .type(name, expected: expected, found: describe(value))
    }

    static func string(_ value: JSONCursor, _ name: String) throws(MalformedField) {
        guard value.kind == .string || value.kind == .null else { throw mismatch(value, name, "a string") }
    }

    static func boolean(_ value: JSONCursor, _ name: String) throws(MalformedField) {
        switch value.kind {
        case .true, .false, .null: return
        case .object, .array, .string, .number: throw mismatch(value, name, "a boolean")
        }
    }

    static func object(_ value: JSONCursor, _ name: String) throws(MalformedField) {
        guard value.kind == .object || value.kind == .null else { throw mismatch(value, name, "an object") }
    }

    static func integer(_ value: JSONCursor, _ name: String, _ range: ClosedRange<Int>) throws(MalformedField) {
        guard value.kind != .null else { return }
        guard value.kind == .number, let number = value.int else { throw mismatch(value, name, "an integer") }
        guard number >= range.lowerBound else {
            throw .value(
                name, "expected a value >= \(range.lowerBound), but got \(number)", code: "integer_below_min_value")
        }
        guard number <= range.upperBound else {
            throw .value(
                name, "expected a value <= \(range.upperBound), but got \(number)", code: "integer_above_max_value")
        }
    }

    static func number(_ value: JSONCursor, _ name: String, _ range: ClosedRange<Double>) throws(MalformedField) {
        guard value.kind != .null else { return }
        guard value.kind == .number, let number = value.double else { throw mismatch(value, name, "a number") }
        guard number >= range.lowerBound else {
            throw .value(
                name, "expected a value >= \(range.lowerBound), but got \(number)", code: "decimal_below_min_value")
        }
        guard number <= range.upperBound else {
            throw .value(
                name, "expected a value <= \(range.upperBound), but got \(number)", code: "decimal_above_max_value")
        }
    }

    /// Checks an array of strings; an array that is null counts as absent.
    static func strings(_ value: JSONCursor, _ name: String, countMax: Int) throws(MalformedField) {
        guard value.kind != .null else { return }
        guard value.kind == .array else { throw mismatch(value, name, "an array of strings") }
        var index = 0
        for element in value.elements {
            guard element.kind == .string else { throw mismatch(element, "[\(index)]", "a string").inside(name) }
            index += 1
        }
        try count(index, name, max: countMax)
    }

    static func count(_ count: Int, _ name: String, max: Int) throws(MalformedField) {
        guard count <= max else {
            throw .value(name, "expected at most \(max) elements, but got \(count)", code: "array_above_max_length")
        }
    }

    /// Checks a member that must be a string.
    static func required(_ object: JSONCursor, _ name: StaticString, allowEmpty: Bool = true) throws(MalformedField) {
        guard let value = object[name] else { throw .missing(name.description) }
        guard value.kind == .string else { throw mismatch(value, name.description, "a string") }
        if !allowEmpty, value.range.count == 2 {
            throw .value(name.description, "expected a string that is not empty", code: "empty_string")
        }
    }

    /// Checks a member that may be a string, null or absent.
    static func optional(_ object: JSONCursor, _ name: StaticString) throws(MalformedField) {
        if let value = object[name] { try string(value, name.description) }
    }
}
