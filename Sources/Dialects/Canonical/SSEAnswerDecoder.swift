import Transport

/// Reads an answer that comes as server-sent events, each with a JSON object: what the dialects' decoders have in common.
///
/// They wrap it, each with its own reader, instead of being it: behind `any AnswerDecoder` a generic type's methods would
/// not be specialised. All else is as `AnswerDecoder` says.
struct SSEAnswerDecoder<Reader: SSEAnswerReader> {
    /// The events of the frame that was returned last.
    private(set) var events: [Event] = []
    /// Whether the answer ended or failed.
    private(set) var isOver = false
    /// Whether the body is complete.
    private(set) var bodyEnded = false

    private var sse: SSEParser
    private let json: JSONParser
    private var reader: Reader
    private let choiceCount: Int
    private let usesPatterns: Bool
    private var unfinished: SSEEvent?
    /// What the frame before looked like, if it said some text and nothing else.
    private(set) var pattern: DeltaPattern?
    /// How many frames in a row had a pattern before them and were different.
    private(set) var differentCount = 0

    /// How many different frames it takes to see that a stream's frames do not look like each other.
    static var differentCountMax: Int { 16 }

    /// Makes a decoder for the answer to a call with so many choices; without patterns it reads every frame as JSON.
    init(_ reader: Reader, choiceCount: Int, parser: JSONParser, limits: SSELimits, usesPatterns: Bool = true) {
        self.reader = reader
        self.usesPatterns = usesPatterns
        self.choiceCount = choiceCount
        json = parser
        sse = SSEParser(limits: limits)
        events.reserveCapacity(8)
    }

    /// Hands over the next bytes of the body.
    mutating func feed(_ chunk: [UInt8]) {
        guard !isOver else { return }
        sse.feed(chunk)
    }

    /// Tells that the body is complete.
    mutating func finish() {
        guard !bodyEnded, !isOver else { return }
        bodyEnded = true
        if case .unfinished(let event) = sse.finish() { unfinished = event }
    }

    /// The next frame, nil when more bytes are needed or the answer is over.
    mutating func next() -> AnswerFrame? {
        forgetEvents()
        guard !isOver else { return nil }
        return bodyEnded ? nextAtEnd() : nextInBody()
    }

    // MARK: - Steps of `next`, for a decoder that does more between them

    /// Forgets the events of the frame before.
    mutating func forgetEvents() {
        events.removeAll(keepingCapacity: true)
    }

    /// The next frame of what was fed, before the body's end.
    mutating func nextInBody() -> AnswerFrame? {
        do throws(SSEError) {
            guard let event = try sse.next() else { return nil }
            return frame(event, event.rawFrame)
        } catch {
            return fail(error.description)
        }
    }

    /// What an unfinished last event holds, if it is whole but for its blank line, and then the end of the body, which
    /// is premature if the answer is not complete, or if something else in the body `isCut`.
    mutating func nextAtEnd(isCut: Bool = false) -> AnswerFrame {
        if let event = unfinished {
            unfinished = nil
            if Reader.endMark == .end, event.withData(SSEEndMark.isWritten) { return end() }
            guard event.data.last == UInt8(ascii: "}"), (try? json.parse(event.data)) != nil else {
                return failPrematurely()
            }
            var bytes = Array(event.rawFrame)
            if bytes.last != UInt8(ascii: "\n") { bytes.append(UInt8(ascii: "\n")) }
            bytes.append(UInt8(ascii: "\n"))
            return frame(event, bytes[...])
        }
        return reader.isComplete(choiceCount: choiceCount) && !isCut ? end() : failPrematurely()
    }

    /// The frame that an object outside of any event is.
    mutating func frame(_ object: [UInt8]) -> AnswerFrame {
        do throws(Failure) {
            let remarks = try object.withUnsafeBufferPointer { data throws(Failure) in try read(data, []) }
            return AnswerFrame(bytes: object[...], statesUsage: remarks.statesUsage)
        } catch {
            return fail(error)
        }
    }

    /// Ends the answer because the provider's bytes are not what they should be.
    mutating func fail(_ message: String) -> AnswerFrame {
        fail(Failure(.invalidResponse, message, phase: reader.phase))
    }

    // MARK: - Frames

    private mutating func frame(_ event: borrowing SSEEvent, _ bytes: ArraySlice<UInt8>) -> AnswerFrame {
        if let mark = Reader.endMark, event.withData(SSEEndMark.isWritten) {
            switch mark {
            case .end: return end(bytes)
            case .nothing: return AnswerFrame(bytes: [])
            case .premature: return failPrematurely()
            }
        }
        do throws(Failure) {
            let name = event.name
            let remarks = try event.withData { data throws(Failure) in try read(data, name) }
            guard remarks.hasEnded else {
                try reader.note(event)
                return AnswerFrame(
                    bytes: bytes, isUsageOnly: remarks.isUsageOnly, statesUsage: remarks.statesUsage,
                    sequence: remarks.sequence)
            }
            isOver = true
            events.append(.ended)
            var bytes = bytes
            var whole: ArraySlice<UInt8>?
            if let completed = reader.completed(event) {
                bytes = completed.bytes[...]
                whole = completed.bytes[completed.whole]
            } else {
                let data = event.data
                whole = remarks.whole.map { data[data.startIndex + $0.lowerBound..<data.startIndex + $0.upperBound] }
            }
            return AnswerFrame(
                bytes: bytes, isUsageOnly: remarks.isUsageOnly, statesUsage: remarks.statesUsage,
                sequence: remarks.sequence, wholeBody: whole)
        } catch {
            return fail(error)
        }
    }

    private mutating func read(
        _ data: UnsafeBufferPointer<UInt8>, _ name: ArraySlice<UInt8>
    ) throws(Failure) -> SSEFrameRemarks {
        if let pattern {
            if let event = pattern.event(in: data, named: name) {
                differentCount = 0
                events.append(event)
                return SSEFrameRemarks()
            }
            differentCount += 1
            self.pattern = nil
        }
        // Both closures are written in place: one that is kept in a variable is allocated for every chunk.
        let phase = reader.phase
        let remarks = try json.withRoot(
            of: data,
            refusal: { _ in
                Failure(.invalidResponse, "the provider's stream holds something that is not JSON", phase: phase)
            },
            { root throws(Failure) in try reader.read(object: root, named: name, &events) })
        if usesPatterns, remarks.isRepeatable, events.count == 1, differentCount < Self.differentCountMax {
            pattern = DeltaPattern(events[0], in: data, named: name)
        }
        return remarks
    }

    private mutating func end(_ bytes: ArraySlice<UInt8> = []) -> AnswerFrame {
        do throws(Failure) {
            try reader.end(&events)
        } catch {
            return fail(error)
        }
        isOver = true
        events.append(.ended)
        return AnswerFrame(bytes: bytes)
    }

    private mutating func fail(_ failure: Failure) -> AnswerFrame {
        isOver = true
        reader.fail(&events)
        let isLate = reader.hasOutput || events.contains(where: \.commits)
        events.append(.failed(isLate ? failure.afterOutput() : failure))
        return AnswerFrame(bytes: [])
    }

    private mutating func failPrematurely() -> AnswerFrame {
        fail(
            Failure(
                .prematureEnd, "the provider's stream stopped before the answer was complete", phase: reader.phase))
    }
}
