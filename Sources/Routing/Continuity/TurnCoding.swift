import Dialects
import Runtime

/// Turns as the bytes of a journal: each a record of its own, with its length and a checksum.
///
/// Integers are little-endian, texts have their length in front. What a crash has cut or mixed up ends the reading.
enum TurnCoding {
    /// The first bytes of a journal; another form of the records gets another mark.
    static let mark = Array("lip turns 1\n".utf8)
    /// Length and checksum in front of each record.
    private static let prefixBytes = 12

    /// Appends a turn as a record.
    static func append(_ turn: Turn, to bytes: inout [UInt8]) {
        let start = bytes.count
        bytes.append(contentsOf: repeatElement(0, count: prefixBytes))
        put(turn.aLeg.id.number, into: &bytes)
        put(turn.aLeg.continuityKey, into: &bytes)
        put(turn.aLeg.createdAt, into: &bytes)
        put(turn.aLeg.lastSeenAt, into: &bytes)
        put(Int64(turn.attempts.count), into: &bytes)
        for attempt in turn.attempts { put(attempt, into: &bytes) }
        let payload = start + prefixBytes
        let (count, sum) = (UInt32(bytes.count - payload), checksum(bytes[payload...]))
        for index in 0..<4 { bytes[start + index] = UInt8(truncatingIfNeeded: count >> UInt32(8 * index)) }
        for index in 0..<8 { bytes[start + 4 + index] = UInt8(truncatingIfNeeded: sum >> UInt64(8 * index)) }
    }

    /// The turns of a journal, up to the first record that is not whole.
    static func turns(in journal: [UInt8]) -> [Turn] {
        guard journal.starts(with: mark) else { return [] }
        var turns: [Turn] = []
        var rest = journal[mark.count...]
        while rest.count >= prefixBytes {
            var prefix = Fields(rest.prefix(prefixBytes))
            let count = Int(prefix.word(bytes: 4))
            let sum = prefix.word(bytes: 8)
            let payload = rest.dropFirst(prefixBytes).prefix(count)
            guard payload.count == count, checksum(payload) == sum else { break }
            var fields = Fields(payload)
            guard let turn = turn(&fields) else { break }
            turns.append(turn)
            rest = rest.dropFirst(prefixBytes + count)
        }
        return turns
    }

    // MARK: Writing

    private static func put(_ attempt: AttemptRecord, into bytes: inout [UInt8]) {
        put(attempt.id.number, into: &bytes)
        put(Int64(attempt.sequence), into: &bytes)
        put(attempt.backend, into: &bytes)
        put(attempt.model, into: &bytes)
        put(attempt.selector, into: &bytes)
        put(attempt.startedAt, into: &bytes)
        put(attempt.started.nanoseconds, into: &bytes)
        put(attempt.firstOutputAfter?.wholeNanoseconds ?? -1, into: &bytes)
        put(attempt.duration.wholeNanoseconds, into: &bytes)
        put(attempt.outcome.rawValue, into: &bytes)
        put(attempt.reason, into: &bytes)
        put(attempt.cancellation?.rawValue ?? "", into: &bytes)
        put(Int64(attempt.providerStatus ?? -1), into: &bytes)
        guard let usage = attempt.usage else { return bytes.append(0) }
        bytes.append(usage.isEstimated ? 2 : 1)
        for part in [
            usage.input, usage.output, usage.cacheRead, usage.cacheWrite, usage.reasoning, usage.audioInput,
            usage.audioOutput, usage.acceptedPrediction, usage.rejectedPrediction,
        ] as [Int?] {
            put(Int64(part ?? -1), into: &bytes)
        }
    }

    private static func put(_ id: RandomID, into bytes: inout [UInt8]) {
        put(Int64(bitPattern: id.high), into: &bytes)
        put(Int64(bitPattern: id.low), into: &bytes)
    }

    private static func put(_ value: Int64, into bytes: inout [UInt8]) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    private static func put(_ text: String, into bytes: inout [UInt8]) {
        put(Int64(text.utf8.count), into: &bytes)
        bytes.append(contentsOf: text.utf8)
    }

    // MARK: Reading

    private static func turn(_ fields: inout Fields) -> Turn? {
        guard let id = fields.id(), let key = fields.text() else { return nil }
        let leg = ALeg(
            id: ALegID(id), continuityKey: key, createdAt: fields.integer(), lastSeenAt: fields.integer())
        let count = fields.integer()
        var attempts: [AttemptRecord] = []
        while attempts.count < count {
            guard let attempt = attempt(&fields, of: leg.id) else { return nil }
            attempts.append(attempt)
        }
        return fields.areWhole ? Turn(aLeg: leg, attempts: attempts) : nil
    }

    private static func attempt(_ fields: inout Fields, of aLeg: ALegID) -> AttemptRecord? {
        guard let id = fields.id() else { return nil }
        let sequence = Int(fields.integer())
        guard let backend = fields.text(), let model = fields.text(), let selector = fields.text() else { return nil }
        let startedAt = fields.integer()
        let started = MonotonicInstant(nanoseconds: fields.integer())
        let firstOutput = fields.integer()
        let duration = fields.integer()
        guard let outcome = fields.text().flatMap(AttemptOutcome.init), let reason = fields.text(),
            let cause = fields.text()
        else { return nil }
        let status = fields.count()
        return AttemptRecord(
            id: BLegID(id), aLeg: aLeg, sequence: sequence, backend: backend, model: model, selector: selector,
            startedAt: startedAt, started: started,
            firstOutputAfter: firstOutput < 0 ? nil : .nanoseconds(firstOutput), duration: .nanoseconds(duration),
            outcome: outcome, reason: reason, cancellation: CancellationCause(rawValue: cause),
            providerStatus: status, usage: usage(&fields))
    }

    private static func usage(_ fields: inout Fields) -> Usage? {
        let kind = fields.word(bytes: 1)
        guard kind != 0 else { return nil }
        return Usage(
            input: fields.count() ?? 0, output: fields.count() ?? 0, cacheRead: fields.count(),
            cacheWrite: fields.count(), reasoning: fields.count(), audioInput: fields.count(),
            audioOutput: fields.count(), acceptedPrediction: fields.count(), rejectedPrediction: fields.count(),
            isEstimated: kind == 2)
    }

    /// FNV-1a in words of eight bytes, the rest byte by byte: against cut and mixed-up records, not against anybody.
    private static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        var sum: UInt64 = 0xCBF2_9CE4_8422_2325
        bytes.withUnsafeBytes { raw in
            var offset = 0
            while offset + 8 <= raw.count {
                sum = (sum ^ raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) &* 0x100_0000_01B3
                offset += 8
            }
            while offset < raw.count {
                sum = (sum ^ UInt64(raw[offset])) &* 0x100_0000_01B3
                offset += 1
            }
        }
        return sum
    }
}

/// Reads fields one after the other; beyond the end everything is zero, and `areWhole` false.
private struct Fields {
    private var rest: ArraySlice<UInt8>
    private(set) var areWhole = true

    init(_ bytes: ArraySlice<UInt8>) {
        rest = bytes
    }

    mutating func word(bytes count: Int) -> UInt64 {
        guard rest.count >= count else {
            areWhole = false
            return 0
        }
        var word: UInt64 = 0
        for (index, byte) in rest.prefix(count).enumerated() { word |= UInt64(byte) << UInt64(8 * index) }
        rest = rest.dropFirst(count)
        return word
    }

    mutating func integer() -> Int64 { Int64(bitPattern: word(bytes: 8)) }

    /// A number that is negative where there is none.
    mutating func count() -> Int? {
        let value = integer()
        return value < 0 ? nil : Int(value)
    }

    mutating func id() -> RandomID? {
        let (high, low) = (word(bytes: 8), word(bytes: 8))
        return areWhole ? RandomID(high: high, low: low) : nil
    }

    mutating func text() -> String? {
        let count = integer()
        guard areWhole, count >= 0, count <= rest.count else {
            areWhole = false
            return nil
        }
        let text = String(decoding: rest.prefix(Int(count)), as: UTF8.self)
        rest = rest.dropFirst(Int(count))
        return text
    }
}
