/// Where a value stood in the client's request, in the client's own spelling, such as `messages[2].content[0]`.
///
/// All paths compare equal: two calls are the same when they say the same, wherever it stood.
package struct SourcePath: Sendable, Equatable, ExpressibleByStringLiteral {
    /// The path, or the empty string where a value was made by lip itself.
    package var text: String

    package init(_ text: String) {
        self.text = text
    }

    package init(stringLiteral value: String) {
        text = value
    }

    /// The path of a member below this one.
    package func member(_ name: String) -> SourcePath {
        SourcePath(text.isEmpty ? name : "\(text).\(name)")
    }

    /// The path of an element below this one.
    package func element(_ index: Int) -> SourcePath {
        SourcePath("\(text)[\(index)]")
    }

    package static func == (lhs: SourcePath, rhs: SourcePath) -> Bool { true }
}
