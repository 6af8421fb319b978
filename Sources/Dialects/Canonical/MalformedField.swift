/// A request field that does not hold what its dialect asks for, with its path built from the inside out.
///
/// Nothing is built unless a field is malformed, so that validation costs a well-formed request no memory.
struct MalformedField: Error {
    /// The path below the value that is being checked; empty for that value itself.
    private(set) var path: String
    /// What is wrong, to stand after the path.
    let problem: String
    /// OpenAI's code for this kind of mistake.
    let code: String

    private static let missingCode = "missing_required_parameter"

    /// What was expected, and what stands there.
    static func type(_ path: String, expected: String, found: String) -> MalformedField {
        MalformedField(path: path, problem: "expected \(expected), but got \(found) instead", code: "invalid_type")
    }

    /// A member that must be there is not.
    static func missing(_ path: String) -> MalformedField {
        MalformedField(path: path, problem: "this member is required", code: missingCode)
    }

    /// The type is right and the value is not.
    static func value(_ path: String, _ problem: String, code: String = "invalid_value") -> MalformedField {
        MalformedField(path: path, problem: problem, code: code)
    }

    /// The same mistake seen from the object that holds the value as `name`.
    func inside(_ name: String) -> MalformedField {
        var outer = self
        outer.path = path.isEmpty ? name : path.first == "[" ? name + path : "\(name).\(path)"
        return outer
    }

    /// The same mistake seen from the array that holds the value at `index`.
    func inside(_ index: Int) -> MalformedField { inside("[\(index)]") }

    /// The failure that the client gets.
    var failure: Failure {
        let message =
            code == Self.missingCode ? "Missing required parameter: '\(path)'." : "Invalid '\(path)': \(problem)."
        return .malformed(path, message, code: code)
    }
}
