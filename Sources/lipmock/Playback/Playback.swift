/// Plays one answer: says what goes out next, when, and how it goes wrong.
///
/// A pure machine: the connection calls `next` again once it has done what the last step said.
struct Playback {
    enum Step {
        /// Send what was appended.
        case send
        case wait(Duration)
        /// Go on once the gate is open.
        case gate(String)
        /// Never go on; the connection stays open until the other side leaves.
        case hang
        /// The answer is complete.
        case end(keepAlive: Bool)
        case close
        case reset
    }

    private enum Phase {
        case beforeHead
        case atGate
        case head
        /// The rest of a whole body, from this offset.
        case rest(Int)
        case frames
        case last(Step)
    }

    private let behaviour: Behaviour
    private let status: Int
    private let body: AnswerBody
    /// The error of an `error_event` fault, rendered.
    private let faultBody: [UInt8]
    /// What goes wrong in a stream, in its framing.
    private let faultFrame: [UInt8]
    private let requestID: Int
    private let keepsAlive: Bool

    private var phase = Phase.beforeHead
    private var frame = 0
    private var fault: Fault?
    private var commentsSent = false
    private var gapDue = false
    /// The gate to pass before the rest of a whole body.
    private var pendingGate: String?
    private var trickled: ArraySlice<UInt8> = []
    private var trickleDue = false
    private var gzip = StoredGzip()
    private var scratch: [UInt8] = []
    /// Content chunks that have gone out.
    private(set) var contentSent = 0
    /// Stream frames of any kind that have gone out.
    private(set) var framesSent = 0

    init(
        _ behaviour: Behaviour, status: Int, body: AnswerBody, faultBody: [UInt8] = [], faultFrame: [UInt8] = [],
        requestID: Int, keepsAlive: Bool
    ) {
        self.behaviour = behaviour
        self.status = status
        self.faultBody = faultBody
        self.faultFrame = faultFrame
        self.requestID = requestID
        fault = behaviour.fault
        var body = body
        if behaviour.framing == .length { body = Self.collected(body, behaviour) }
        switch (fault?.kind, body) {
        case (.end?, .whole(let bytes, let type)):
            body = .whole(Array(bytes.prefix(fault?.after ?? bytes.count / 2)), contentType: type)
            fault = nil
        case (.errorEvent?, .whole(_, let type)):
            body = .whole(faultBody, contentType: type)
            fault = nil
        case (.garbageEvent?, .whole(_, let type)), (.garbageChunk?, .whole(_, let type)):
            body = .whole(Array(Self.garbage), contentType: type)
            fault = nil
        default: break
        }
        self.body = body
        self.keepsAlive =
            keepsAlive && behaviour.keepsAlive && behaviour.framing != .close
            && !behaviour.answersBeforeBody
    }

    /// An answer without script: for the control API and for refusals.
    init(status: Int, json: [UInt8], requestID: Int, keepsAlive: Bool) {
        self.init(
            Behaviour(), status: status, body: .whole(json, contentType: "application/json"), requestID: requestID,
            keepsAlive: keepsAlive)
    }

    static let garbage = "\u{1}\u{2}}{ not what was promised".utf8

    // MARK: Steps

    /// Appends what goes out next to `out`, which is empty, and says what to do.
    mutating func next(into out: inout [UInt8]) -> Step {
        guard let trickle = behaviour.trickle else { return step(into: &out) }
        if trickled.isEmpty {
            let step = step(into: &out)
            guard case .send = step else { return step }
            trickled = out[...]
            out.removeAll(keepingCapacity: true)
            trickleDue = false
        }
        if trickleDue, trickle.every > .zero {
            trickleDue = false
            return .wait(trickle.every)
        }
        out.append(contentsOf: trickled.prefix(trickle.bytes))
        trickled = trickled.dropFirst(trickle.bytes)
        trickleDue = true
        return .send
    }

    private mutating func step(into out: inout [UInt8]) -> Step {
        switch phase {
        case .beforeHead:
            phase = .atGate
            return behaviour.delay > .zero ? .wait(behaviour.delay) : step(into: &out)
        case .atGate:
            phase = .head
            return behaviour.gate.map { .gate($0) } ?? step(into: &out)
        case .head:
            if let fault, fault.kind.isBeforeHead { return misbehaveBeforeHead(fault.kind, into: &out) }
            appendHead(into: &out)
            switch body {
            case .whole(let bytes, _): return beginWhole(bytes, into: &out)
            case .stream, .verbatim:
                phase = .frames
                return behaviour.firstEventDelay > .zero ? .send : streamStep(into: &out)
            }
        case .rest(let offset):
            if let gate = pendingGate {
                pendingGate = nil
                return .gate(gate)
            }
            guard case .whole(let bytes, _) = body else { return .close }
            out.append(contentsOf: bytes[offset...])
            phase = .last(ending)
            return .send
        case .frames: return streamStep(into: &out)
        case .last(let step): return step
        }
    }

    private var ending: Step {
        switch fault?.kind {
        case .lengthTooLong?: .close
        default: .end(keepAlive: keepsAlive)
        }
    }

    private mutating func misbehaveBeforeHead(_ kind: Fault.Kind, into out: inout [UInt8]) -> Step {
        switch kind {
        case .resetBeforeHead: return .reset
        case .silent: return .hang
        case .garbageHead:
            out.append(contentsOf: Self.garbage)
            out.append(contentsOf: "\r\n\r\n".utf8)
            phase = .last(.close)
            return .send
        case .cutHead:
            out.append(contentsOf: "HTTP/1.1 200 OK\r\ncontent-ty".utf8)
            phase = .last(.close)
            return .send
        default: return .close
        }
    }

    // MARK: Whole bodies

    private mutating func beginWhole(_ bytes: [UInt8], into out: inout [UInt8]) -> Step {
        guard let fault, fault.kind != .lengthTooLong, fault.kind != .lengthTooShort else {
            if behaviour.framing == .chunked {
                append(piece: bytes, into: &out)
                appendEnd(into: &out)
            } else if behaviour.compresses {
                gzip.write(bytes, into: &out)
                gzip.finish(into: &out)
            } else {
                out.append(contentsOf: bytes)
            }
            phase = .last(ending)
            return .send
        }
        let cut = min(fault.after ?? bytes.count / 2, bytes.count)
        // All of it in one chunk, which the fault thus cuts.
        if isChunked { out.append(contentsOf: "\(String(bytes.count, radix: 16))\r\n".utf8) }
        out.append(contentsOf: bytes.prefix(cut))
        switch fault.kind {
        case .reset: phase = .last(.reset)
        case .stall: phase = .last(.hang)
        case .gate:
            self.fault = nil
            phase = .rest(cut)
            pendingGate = fault.gate
        default: phase = .last(.close)
        }
        return .send
    }

    // MARK: Streams

    private var frameCount: Int {
        switch body {
        case .stream(let source): source.count
        case .verbatim(let frames): frames.count
        case .whole: 0
        }
    }

    private func kind(of frame: Int) -> FrameKind {
        if case .stream(let source) = body { return source.kind(at: frame) }
        return .content
    }

    /// Gathers the frames that go out together: everything up to and including one content frame.
    private mutating func streamStep(into out: inout [UInt8]) -> Step {
        if out.isEmpty, frame == 0, !commentsSent, behaviour.firstEventDelay > .zero, !gapDue {
            gapDue = true
            return .wait(behaviour.firstEventDelay)
        }
        if !commentsSent {
            commentsSent = true
            gapDue = false
            for comment in behaviour.comments { append(piece: Array(": \(comment)\n\n".utf8), into: &out) }
        }
        if gapDue {
            gapDue = false
            return .wait(behaviour.gap)
        }
        while true {
            if let step = misbehaveInStream(into: &out) { return step }
            guard frame < frameCount else {
                appendEnd(into: &out)
                phase = .last(ending)
                return .send
            }
            let kind = kind(of: frame)
            append(frame: frame, into: &out)
            frame += 1
            if kind == .content {
                contentSent += 1
                gapDue = behaviour.gap > .zero
                return .send
            }
        }
    }

    /// What the fault does if its moment has come; nil when the stream goes on.
    private mutating func misbehaveInStream(into out: inout [UInt8]) -> Step? {
        guard let fault, contentSent >= (fault.after ?? 1) else { return nil }
        // The opening frames come before anything that goes wrong in the stream.
        if frame < frameCount, kind(of: frame) == .opening { return nil }
        // What was gathered goes out first; the fault strikes in the next step.
        if !out.isEmpty, fault.kind != .errorEvent { return .send }
        switch fault.kind {
        case .reset: return .reset
        case .close: return .close
        case .stall: return .hang
        case .cutChunk:
            out.append(contentsOf: "ff\r\ndata: {\"id\":\"chatcmpl-mo".utf8)
            phase = .last(.close)
            return .send
        case .garbageChunk:
            out.append(contentsOf: Self.garbage)
            phase = .last(.close)
            return .send
        case .garbageEvent:
            self.fault = nil
            append(piece: faultFrame, into: &out)
            return .send
        case .errorEvent:
            append(piece: faultFrame, into: &out)
            appendEnd(into: &out)
            phase = .last(.end(keepAlive: keepsAlive))
            return .send
        case .end:
            appendEnd(into: &out)
            phase = .last(.end(keepAlive: keepsAlive))
            return .send
        case .gate:
            self.fault = nil
            return .gate(fault.gate)
        default: return nil
        }
    }

    // MARK: Bytes

    private mutating func append(frame: Int, into out: inout [UInt8]) {
        framesSent += 1
        switch body {
        case .verbatim(let frames): append(piece: frames[frame], into: &out)
        case .stream(let source):
            scratch.removeAll(keepingCapacity: true)
            Self.append(frame: frame, of: source, lineEnding: behaviour.lineEnding, into: &scratch)
            append(piece: scratch, into: &out)
        case .whole: break
        }
    }

    private static func append(
        frame: Int, of source: any FrameSource, lineEnding: Behaviour.LineEnding, into out: inout [UInt8]
    ) {
        if source.framesItself {
            _ = source.render(frame, into: &out)
            return
        }
        let start = out.count
        out.append(contentsOf: "data: ".utf8)
        let event = source.render(frame, into: &out)
        if let event { out.insert(contentsOf: Array("event: \(event)".utf8) + lineEnding.bytes, at: start) }
        if lineEnding == .lf {
            out.append(0x0A)
            out.append(0x0A)
        } else {
            out.append(contentsOf: lineEnding.bytes + lineEnding.bytes)
        }
    }

    /// Appends body bytes in the answer's coding and framing.
    private mutating func append(piece: [UInt8], into out: inout [UInt8]) {
        if behaviour.compresses {
            var coded: [UInt8] = []
            gzip.write(piece, into: &coded)
            appendFramed(coded, into: &out)
        } else {
            appendFramed(piece, into: &out)
        }
    }

    private func appendFramed(_ piece: [UInt8], into out: inout [UInt8]) {
        if piece.isEmpty { return }
        guard isChunked else {
            out.append(contentsOf: piece)
            return
        }
        out.append(contentsOf: String(piece.count, radix: 16).utf8)
        out.append(0x0D)
        out.append(0x0A)
        out.append(contentsOf: piece)
        out.append(0x0D)
        out.append(0x0A)
    }

    private mutating func appendEnd(into out: inout [UInt8]) {
        if behaviour.compresses {
            var coded: [UInt8] = []
            gzip.finish(into: &coded)
            appendFramed(coded, into: &out)
        }
        if isChunked { out.append(contentsOf: "0\r\n\r\n".utf8) }
    }

    private var isChunked: Bool {
        switch body {
        case .whole: behaviour.framing == .chunked
        case .stream, .verbatim: behaviour.framing != .close
        }
    }

    /// Renders a stream as one body, for an answer that states its length.
    private static func collected(_ body: AnswerBody, _ behaviour: Behaviour) -> AnswerBody {
        switch body {
        case .whole: return body
        case .verbatim(let frames): return .whole(frames.flatMap { $0 }, contentType: body.contentType)
        case .stream(let source):
            var bytes: [UInt8] = []
            for frame in 0..<source.count {
                append(frame: frame, of: source, lineEnding: behaviour.lineEnding, into: &bytes)
            }
            return .whole(bytes, contentType: body.contentType)
        }
    }

    private func appendHead(into out: inout [UInt8]) {
        var head = AnswerHead(status: status, scripted: behaviour.headers)
        head.add("content-type", body.contentType)
        head.add("x-request-id", "req_mock\(requestID)")
        if behaviour.compresses { head.add("content-encoding", "gzip") }
        if !keepsAlive { head.add("connection", "close") }
        if isChunked {
            head.add("transfer-encoding", "chunked")
        } else if case .whole(let bytes, _) = body, behaviour.framing != .close {
            head.add("content-length", String(statedLength(of: bytes)))
        }
        head.finish(into: &out)
    }

    private func statedLength(of bytes: [UInt8]) -> Int {
        if behaviour.compresses {
            var gzip = StoredGzip()
            var coded: [UInt8] = []
            gzip.write(bytes, into: &coded)
            gzip.finish(into: &coded)
            return coded.count
        }
        return switch fault?.kind {
        case .lengthTooLong?: bytes.count + 100
        case .lengthTooShort?: max(0, bytes.count - 10)
        default: bytes.count
        }
    }
}
