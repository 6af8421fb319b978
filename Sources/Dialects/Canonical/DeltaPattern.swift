import Glibc
import Transport

/// A stream's delta of text, by which the next one is known that differs from it in nothing but the text.
///
/// Most frames of most streams are such ones, and reading their text where it stands costs a tenth of reading them as JSON.
/// A pattern is made of frames only in which the text stands once and nothing is escaped, so that it can be nowhere else;
/// what stands in the same place of a frame that is the same around it, a string without quotation mark, escape and control
/// character, is then the same member of the same object.
struct DeltaPattern {
    /// Objects longer than this are not kept for every stream that is open.
    static let objectBytesMax = 2048
    /// A longer text is worth a parser.
    static let textBytesMax = 4096

    private enum Kind {
        case text
        case reasoning
    }

    private let kind: Kind
    private let choice: Int
    /// The event's name.
    private let name: [UInt8]
    /// The object without its text.
    private let frame: [UInt8]
    /// Where in `frame` the text belongs.
    private let position: Int

    /// Takes the pattern of an object that said just this; nil if it said something else, or is not plain enough.
    init?(_ event: Event, in object: UnsafeBufferPointer<UInt8>, named name: ArraySlice<UInt8>) {
        let text: String
        switch event {
        case .textDelta(let number, let said): (kind, choice, text) = (.text, number, said)
        case .reasoningDelta(let number, let said): (kind, choice, text) = (.reasoning, number, said)
        default: return nil
        }
        guard object.count <= Self.objectBytesMax, !object.contains(UInt8(ascii: "\\")) else { return nil }
        guard let range = Self.onlyPlace(of: text, in: object) else { return nil }
        self.name = Array(name)
        position = range.lowerBound
        var frame = Array(object[..<range.lowerBound])
        frame.append(contentsOf: object[range.upperBound...])
        self.frame = frame
    }

    /// What an object says that is the same but for its text; nil for any other.
    func event(in object: UnsafeBufferPointer<UInt8>, named name: ArraySlice<UInt8>) -> Event? {
        let count = object.count - frame.count
        guard count > 0, count <= Self.textBytesMax, isAround(object, textBytes: count) else { return nil }
        guard let text = Self.text(UnsafeBufferPointer(rebasing: object[position..<position + count])),
            self.name.elementsEqual(name)
        else { return nil }
        switch kind {
        case .text: return .textDelta(choice: choice, text)
        case .reasoning: return .reasoningDelta(choice: choice, text)
        }
    }

    /// What may stand between quotation marks and stands for itself.
    private static func text(_ bytes: UnsafeBufferPointer<UInt8>) -> String? {
        var bits: UInt8 = 0
        for byte in bytes {
            if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return nil }
            bits |= byte
        }
        return bits < 0x80 ? String(decoding: bytes, as: UTF8.self) : String(validating: bytes, as: UTF8.self)
    }

    private func isAround(_ object: UnsafeBufferPointer<UInt8>, textBytes: Int) -> Bool {
        guard let base = object.baseAddress else { return false }
        return frame.withUnsafeBufferPointer { frame in
            guard let own = frame.baseAddress else { return false }
            return memcmp(base, own, position) == 0
                && memcmp(base + position + textBytes, own + position, frame.count - position) == 0
        }
    }

    /// Where the text stands between quotation marks, if it does so once.
    private static func onlyPlace(of text: String, in object: UnsafeBufferPointer<UInt8>) -> Range<Int>? {
        guard let base = object.baseAddress else { return nil }
        var quoted = [UInt8(ascii: "\"")]
        quoted.append(contentsOf: text.utf8)
        quoted.append(UInt8(ascii: "\""))
        var place: Range<Int>?
        for start in 0..<max(0, object.count - quoted.count + 1) where memcmp(base + start, quoted, quoted.count) == 0 {
            guard place == nil else { return nil }
            place = start + 1..<start + quoted.count - 1
        }
        return place
    }
}
