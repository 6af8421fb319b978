import Glibc

/// Reads an event stream (WHATWG HTML, section 9.2.6) that arrives in chunks, split anywhere.
///
/// Feed a chunk, then take events until there is none, then feed the next. A frame that lies within one chunk is not
/// copied; what is left of a chunk is. Belongs to one task at a time.
package struct SSEParser {
    /// Memory beyond this is given back after the event that needed it.
    package static let retainedBytesMax = 64 << 10

    private let limits: SSELimits

    /// The bytes being read: a chunk as it came, or a buffer of our own that holds the rest of the one before.
    private var source: [UInt8] = []
    private var ownsSource = true
    /// Our own buffer while `source` is a chunk.
    private var spare: [UInt8] = []

    /// The first byte of the current frame.
    private var frameStart = 0
    /// The first byte of the current line.
    private var lineStart = 0
    /// Bytes before this are known to hold no end of the current line.
    private var scanned = 0
    /// The first CR at or after `scanned`, found once for many lines; nil if not looked for.
    private var nextCarriageReturn: Int?
    private var fields = SSEFields()

    /// The line ended with a CR that was the last byte there was: an LF that follows belongs to it.
    private var skipsLineFeed = false
    /// Whether the last line that ended with a CR, as far as is known, had no LF after it.
    private var linesEndWithBareCR = false
    private var isAtStreamStart = true
    private var failure: SSEError?

    /// The last `id` of the stream; empty if there was none.
    package private(set) var lastEventID: [UInt8] = []
    /// The last valid `retry` of the stream in milliseconds.
    package private(set) var reconnectionMilliseconds: Int?

    package init(limits: SSELimits = .default) {
        self.limits = limits
    }

    /// Hands over the next bytes of the stream.
    package mutating func feed(_ chunk: [UInt8]) {
        guard failure == nil else { return }
        if frameStart == source.count {
            discardSource()
            swap(&source, &spare)
            source = chunk
            ownsSource = false
        } else {
            takeOwnership()
            source.append(contentsOf: chunk)
        }
        nextCarriageReturn = nil
    }

    /// Hands over bytes, and calls back for each event in them.
    package mutating func feed(_ chunk: [UInt8], _ onEvent: (borrowing SSEEvent) -> Void) throws(SSEError) {
        feed(chunk)
        while let event = try next() {
            onEvent(event)
        }
    }

    /// The next event of what was fed; nil when more bytes are needed.
    package mutating func next() throws(SSEError) -> SSEEvent? {
        if let failure { throw failure }
        do throws(SSEError) {
            if isAtStreamStart, !skipByteOrderMark() { return nil }
            while let line = try nextLine() {
                if line.isEmpty {
                    if let event = try endFrame(blankLine: line) { return event }
                } else {
                    readField(line)
                }
            }
            if source.count - frameStart > limits.eventBytesMax {
                throw SSEError.eventTooLong(limit: limits.eventBytesMax)
            }
            keepRest()
            return nil
        } catch {
            failure = error
            throw error
        }
    }

    /// Tells how the stream ended, to be called after the last event was taken; the parser begins anew after it.
    package mutating func finish() -> SSEEnd {
        defer { self = SSEParser(limits: limits) }
        if lineStart < source.count {
            readField(lineStart..<source.count)
        }
        guard fields.hasField else { return .clean }
        return .unfinished(SSEEvent(source: source, frame: frameStart..<source.count, fields: fields))
    }

    // MARK: - Lines

    /// The range of the next line without its end, nil if its end has not come.
    private mutating func nextLine() throws(SSEError) -> Range<Int>? {
        if skipsLineFeed {
            guard lineStart < source.count else { return nil }
            skipsLineFeed = false
            if source[lineStart] == UInt8(ascii: "\n") {
                let isFrameStart = frameStart == lineStart
                lineStart += 1
                // After a blank line the LF belongs to the frame before, which is gone already.
                if isFrameStart { frameStart = lineStart }
                scanned = lineStart
                linesEndWithBareCR = false
            } else {
                linesEndWithBareCR = true
            }
        }
        let end = findLineEnd()
        let length = (end ?? source.count) - lineStart
        if length > limits.lineBytesMax {
            throw SSEError.lineTooLong(limit: limits.lineBytesMax)
        }
        guard let end else {
            scanned = source.count
            return nil
        }
        let line = lineStart..<end
        lineStart = end + 1
        if source[end] == UInt8(ascii: "\r") {
            if lineStart == source.count {
                skipsLineFeed = true
            } else if source[lineStart] == UInt8(ascii: "\n") {
                lineStart += 1
                linesEndWithBareCR = false
            } else {
                linesEndWithBareCR = true
            }
        }
        scanned = lineStart
        return line
    }

    /// The position of the first CR or LF at or after `scanned`.
    private mutating func findLineEnd() -> Int? {
        let start = scanned
        let count = source.count
        return source.withUnsafeBytes { bytes -> Int? in
            guard start < count, let base = bytes.baseAddress else { return nil }
            if nextCarriageReturn.map({ $0 < start }) ?? true {
                nextCarriageReturn = Self.find(UInt8(ascii: "\r"), base, start, count)
            }
            let carriageReturn = nextCarriageReturn ?? count
            let lineFeed = Self.find(UInt8(ascii: "\n"), base, start, carriageReturn)
            return lineFeed == count ? nil : lineFeed
        }
    }

    /// The position of a byte, or `end`.
    private static func find(_ byte: UInt8, _ base: UnsafeRawPointer, _ start: Int, _ end: Int) -> Int {
        memchr(base + start, CInt(byte), end - start).map { UnsafeRawPointer($0) - base } ?? end
    }

    /// Skips a leading byte order mark; false while it cannot be told yet.
    private mutating func skipByteOrderMark() -> Bool {
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let common = min(source.count, mark.count)
        if source[..<common].elementsEqual(mark[..<common]) {
            guard common == mark.count else {
                keepRest()
                return false
            }
            frameStart = mark.count
            lineStart = mark.count
            scanned = mark.count
        }
        isAtStreamStart = false
        return true
    }

    // MARK: - Fields

    private mutating func readField(_ line: Range<Int>) {
        let first = source[line.lowerBound]
        // A comment.
        if first == UInt8(ascii: ":") { return }
        fields.hasField = true
        switch first {
        case UInt8(ascii: "d"):
            if let value = value(of: "data", in: line) { appendData(value) }
        case UInt8(ascii: "e"):
            if let value = value(of: "event", in: line) { fields.name = relative(value) }
        case UInt8(ascii: "i"):
            if let value = value(of: "id", in: line), !source[value].contains(0) { fields.id = relative(value) }
        case UInt8(ascii: "r"):
            if let value = value(of: "retry", in: line), let number = Self.number(source[value]) {
                fields.retryMilliseconds = number
            }
        default:
            break
        }
    }

    /// The value of a line, if its field has this name: what follows the colon and one space, empty without a colon.
    @inline(__always)
    private func value(of name: StaticString, in line: Range<Int>) -> Range<Int>? {
        let length = name.utf8CodeUnitCount
        guard line.count >= length else { return nil }
        return source.withUnsafeBufferPointer { bytes in
            guard let base = bytes.baseAddress, memcmp(base + line.lowerBound, name.utf8Start, length) == 0 else {
                return nil
            }
            var start = line.lowerBound + length
            if start == line.upperBound { return start..<start }
            guard bytes[start] == UInt8(ascii: ":") else { return nil }
            start += 1
            if start < line.upperBound, bytes[start] == UInt8(ascii: " ") { start += 1 }
            return start..<line.upperBound
        }
    }

    private mutating func appendData(_ value: Range<Int>) {
        switch fields.dataLineCount {
        case 0:
            fields.data = relative(value)
        case 1:
            let first = fields.data.lowerBound + frameStart..<fields.data.upperBound + frameStart
            fields.joinedData.reserveCapacity(first.count + value.count + 1)
            fields.joinedData.append(contentsOf: source[first])
            fallthrough
        default:
            fields.joinedData.append(UInt8(ascii: "\n"))
            fields.joinedData.append(contentsOf: source[value])
        }
        fields.dataLineCount += 1
    }

    private func relative(_ range: Range<Int>) -> Range<Int> {
        range.lowerBound - frameStart..<range.upperBound - frameStart
    }

    /// A number of ASCII digits only; nil for anything else, or more than an Int holds.
    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        guard !digits.isEmpty else { return nil }
        var value = 0
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            let (product, overflows) = value.multipliedReportingOverflow(by: 10)
            let (sum, carries) = product.addingReportingOverflow(Int(digit & 0x0F))
            if overflows || carries { return nil }
            value = sum
        }
        return value
    }

    // MARK: - Frames

    /// Ends the frame at its blank line; nil if it holds no data.
    private mutating func endFrame(blankLine: Range<Int>) throws(SSEError) -> SSEEvent? {
        // Without the blank line, whose last byte may not be here yet: a split must not move the limit.
        if blankLine.lowerBound - frameStart > limits.eventBytesMax {
            throw SSEError.eventTooLong(limit: limits.eventBytesMax)
        }
        var frame = frameStart..<lineStart
        if let id = fields.id {
            lastEventID = Array(source[frameStart + id.lowerBound..<frameStart + id.upperBound])
        }
        if let retry = fields.retryMilliseconds {
            reconnectionMilliseconds = retry
        }
        defer {
            frameStart = lineStart
            fields = SSEFields()
        }
        guard fields.dataLineCount > 0 else { return nil }
        if skipsLineFeed, !linesEndWithBareCR {
            // The blank line's LF is most likely still on its way. The frame goes out whole and now, not with the next
            // chunk; should none come, this one changes nothing for a reader.
            var completed = Array(source[frame])
            completed.append(UInt8(ascii: "\n"))
            frame = completed.indices
            return SSEEvent(source: completed, frame: frame, fields: fields)
        }
        return SSEEvent(source: source, frame: frame, fields: fields)
    }

    // MARK: - Memory

    /// Lets go of the chunk, and keeps what is left of it in our own buffer.
    private mutating func keepRest() {
        if frameStart == source.count {
            discardSource()
        } else {
            takeOwnership()
        }
        nextCarriageReturn = nil
    }

    private mutating func discardSource() {
        if ownsSource {
            source.removeAll(keepingCapacity: source.capacity <= Self.retainedBytesMax)
        } else {
            source = spare
            spare = []
            ownsSource = true
        }
        rebase(by: frameStart)
    }

    private mutating func takeOwnership() {
        if ownsSource {
            source.removeSubrange(..<frameStart)
        } else {
            spare.append(contentsOf: source[frameStart...])
            source = spare
            spare = []
            ownsSource = true
        }
        rebase(by: frameStart)
    }

    private mutating func rebase(by offset: Int) {
        frameStart -= offset
        lineStart -= offset
        scanned -= offset
    }
}
