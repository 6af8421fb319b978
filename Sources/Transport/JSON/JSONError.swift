/// Why a document was refused, and where.
///
/// Nothing of the document's text is in it, so its message may be shown to a client and logged.
package struct JSONError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Kind: Sendable, Equatable {
        case empty
        case unexpectedEnd
        case expectedValue
        case expectedKey
        case expectedColon
        case expectedCommaOrBracket
        case expectedCommaOrBrace
        case trailingData
        case invalidUTF8
        case controlCharacter
        case unterminatedString
        case invalidEscape
        case invalidNumber
        case invalidLiteral
        case tooDeep(limit: Int)
        case tooLarge(limit: Int)
        case tooManyNodes(limit: Int)
        /// The reader has no memory, or does not know the processor: no fault of the document.
        case unavailable
    }

    package let kind: Kind
    /// Offset of the byte at fault; the length of the document if more was expected.
    package let byteOffset: Int
    /// Line of that byte, from 1.
    package let line: Int
    /// Column of that byte in characters (Unicode scalars), from 1.
    package let column: Int

    init(kind: Kind, byteOffset: Int, in bytes: UnsafeBufferPointer<UInt8>) {
        self.kind = kind
        self.byteOffset = byteOffset
        var line = 1
        var column = 1
        for byte in bytes.prefix(byteOffset) {
            if byte == UInt8(ascii: "\n") {
                line += 1
                column = 1
            } else if byte & 0xC0 != 0x80 {
                column += 1
            }
        }
        self.line = line
        self.column = column
    }

    /// One sentence for people, with the place.
    package var message: String {
        switch kind {
        case .empty: "invalid JSON: the document is empty"
        case .tooLarge(let limit): "invalid JSON: the document is longer than \(limit) bytes"
        case .unavailable: "the JSON reader has no memory, or no support for this processor"
        default: "invalid JSON at line \(line), column \(column) (byte \(byteOffset)): \(reason)"
        }
    }

    package var description: String { message }

    private var reason: String {
        switch kind {
        case .empty, .tooLarge, .unavailable: ""
        case .unexpectedEnd: "the document ends in the middle of a value"
        case .expectedValue: "expected a value"
        case .expectedKey: "expected a quoted member name"
        case .expectedColon: "expected ':' after a member name"
        case .expectedCommaOrBracket: "expected ',' or ']' after an array element"
        case .expectedCommaOrBrace: "expected ',' or '}' after an object member"
        case .trailingData: "unexpected data after the end of the document"
        case .invalidUTF8: "the text is not valid UTF-8"
        case .controlCharacter: "a control character in a string must be escaped"
        case .unterminatedString: "the string that begins here is never closed"
        case .invalidEscape: "invalid escape sequence in a string"
        case .invalidNumber: "invalid number"
        case .invalidLiteral: "expected true, false or null"
        case .tooDeep(let limit): "nested deeper than \(limit) levels"
        case .tooManyNodes(let limit): "more than \(limit) values and member names"
        }
    }
}
