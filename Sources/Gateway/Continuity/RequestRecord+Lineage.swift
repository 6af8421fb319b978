import Dialects
import Routing
import Runtime
import Transport

extension RequestRecord {
    /// The longest model name that an answer's head holds, in bytes; the rest is cut.
    private static let modelBytesMax = 256

    /// Names the A-leg in an answer's head, where the request has one, and what the client needs to go on with it.
    func nameALeg(in headers: inout HTTPHeaders) {
        if let aLeg { headers.append("x-lip-a-leg-id", aLeg.description) }
        guard let (id, token) = sessionFields else { return }
        headers.append("x-lip-session-id", Self.fieldText(id.description))
        if let token { headers.append("x-lip-resume-token", token.reveal()) }
    }

    /// Names the attempt that serves the answer in its head.
    func nameBLeg(in headers: inout HTTPHeaders) {
        guard let (number, attempt) = serving else { return }
        var value: [UInt8] = []
        value.reserveCapacity(64 + attempt.backend.utf8.count + attempt.model.utf8.count)
        value += "backend=".utf8
        value += attempt.backend.utf8
        value += "; model=".utf8
        value += Self.fieldText(attempt.model).utf8
        value += "; attempt=".utf8
        value += String(number).utf8
        headers.append("x-lip-b-leg", String(decoding: value, as: UTF8.self))
    }

    /// The text as a field's value may hold it: a client may have chosen the model's name, so all but plain characters,
    /// and those that have a meaning here, are percent-encoded.
    static func fieldText(_ text: String) -> String {
        func isPlain(_ byte: UInt8) -> Bool {
            (0x21...0x7E).contains(byte) && byte != UInt8(ascii: ";") && byte != UInt8(ascii: "%")
        }
        if text.utf8.count <= modelBytesMax, text.utf8.allSatisfy(isPlain) { return text }
        var bytes: [UInt8] = []
        let digits = Array("0123456789ABCDEF".utf8)
        for byte in text.utf8.prefix(modelBytesMax) {
            if isPlain(byte) {
                bytes.append(byte)
            } else {
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Why the request was called off, if it was: a client that is still there has only the end of the process to blame.
    func callOffCause(of exchange: HTTPExchange) -> CancellationCause {
        calledOff ?? (exchange.hasStalled ? .clientStalled : exchange.isGone ? .clientLeft : .shutDown)
    }

    /// What the client is told of a request that was called off, and what the record says where nobody is told any more.
    func callOffFailure(of exchange: HTTPExchange) -> Failure {
        switch callOffCause(of: exchange) {
        case .explicit: Failure(.cancelled, "the request was cancelled", code: "request_cancelled")
        case .shutDown where calledOff != nil: .shuttingDown
        case .shutDown: Failure(.cancelled, "lip was shut down before the answer was complete")
        case .clientStalled: Failure(.cancelled, "the client took nothing of its answer")
        case .clientLeft, .lostRace: Failure(.cancelled, "the client left")
        }
    }

    /// What the request adds to its A-leg; nil when it had no attempt.
    ///
    /// The wall clock is read once and the times are counted back from it, so that a step of it in between does not make
    /// an attempt end before it began.
    ///
    /// - Parameters:
    ///   - cause: why attempts were called off that do not know better.
    ///   - now: the time on the loop's clock that goes with `time`.
    func turn(calledOffBy cause: CancellationCause, at now: MonotonicInstant, _ time: Timestamp) -> Turn? {
        guard let aLeg, !attempts.isEmpty else { return nil }
        func wall(_ instant: MonotonicInstant) -> Int64 { time.nanoseconds - (now - instant).wholeNanoseconds }
        let records = attempts.map { attempt in
            let ending = attempt.ending
            return AttemptRecord(
                id: attempt.id, aLeg: aLeg, sequence: attempt.sequence, backend: attempt.backend, model: attempt.model,
                selector: selector ?? "", startedAt: wall(attempt.start), started: attempt.start,
                firstOutputAfter: attempt.firstOutput.map { $0 - attempt.start },
                duration: attempt.end - attempt.start, outcome: ending.outcome, reason: ending.reason ?? "",
                cancellation: ending.outcome == .cancelled ? ending.cancellation ?? cause : ending.cancellation,
                providerStatus: ending.providerStatus, isResent: attempt.isResent, usage: ending.usage)
        }
        return Turn(aLeg: ALeg(id: aLeg, createdAt: wall(start), lastSeenAt: time.nanoseconds), attempts: records)
    }
}
