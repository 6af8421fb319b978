/// Cuts a byte stream into JSON objects that follow each other or stand in one array, whatever its split.
///
/// It looks only at brackets and strings; whether an object is valid is its reader's question. Belongs to one task.
struct GeminiValueSplitter {
    /// The longest object, in bytes.
    let objectBytesMax: Int

    private var pending: [UInt8] = []
    private var scanned = 0
    private var depth = 0
    private var isInString = false
    private var isEscaped = false
    /// Whether a bracket was opened and not closed: the array form, in the middle of it.
    private(set) var isInArray = false
    /// Whether something stood between the objects that has no business there.
    private(set) var isBroken = false

    init(objectBytesMax: Int) {
        self.objectBytesMax = objectBytesMax
    }

    /// Whether bytes of an unfinished object are waiting.
    var hasUnfinished: Bool { depth > 0 }

    /// Adds bytes.
    mutating func feed(_ bytes: ArraySlice<UInt8>) {
        pending.append(contentsOf: bytes)
    }

    /// The next whole object, nil where more bytes are needed or the stream is broken.
    mutating func next() -> [UInt8]? {
        while scanned < pending.count, !isBroken {
            let byte = pending[scanned]
            scanned += 1
            if depth == 0 {
                skip(byte)
                continue
            }
            if isInString {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isInString = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): isInString = true
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                if depth == 0 { return take() }
            default: break
            }
        }
        if depth == 0 {
            pending.removeAll(keepingCapacity: true)
            scanned = 0
        } else if pending.count > objectBytesMax {
            isBroken = true
        }
        return nil
    }

    /// Handles a byte between objects.
    private mutating func skip(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "{"):
            depth = 1
            pending.removeFirst(scanned - 1)
            scanned = 1
        case UInt8(ascii: "["):
            isBroken = isInArray
            isInArray = true
        case UInt8(ascii: "]"):
            isBroken = !isInArray
            isInArray = false
        case UInt8(ascii: ","), 0x09, 0x0A, 0x0D, 0x20: break
        default: isBroken = true
        }
    }

    private mutating func take() -> [UInt8] {
        let object = Array(pending[..<scanned])
        pending.removeFirst(scanned)
        scanned = 0
        return object
    }
}
