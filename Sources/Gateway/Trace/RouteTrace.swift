import Routing
import Runtime

/// The last decisions about routes that one loop made, for people who ask why; belongs to its loop.
///
/// A ring that is filled once with its first lap and then overwritten: noting a decision copies references and numbers and
/// allocates nothing. Words are made of it when somebody looks.
final class RouteTrace {
    /// How many decisions are remembered a loop, and told of all loops together.
    static let entryCountMax = 256

    private var entries: [RouteTraceEntry] = []
    /// Where the next decision goes, once the ring is full.
    private var next = 0

    init() {
        entries.reserveCapacity(Self.entryCountMax)
    }

    func note(_ entry: RouteTraceEntry) {
        if entries.count < Self.entryCountMax {
            entries.append(entry)
        } else {
            entries[next] = entry
            next = (next + 1) % Self.entryCountMax
        }
    }

    /// The decisions, oldest first.
    var inOrder: [RouteTraceEntry] {
        Array(entries[next...] + entries[..<next])
    }
}

/// One decision about a request's route.
struct RouteTraceEntry: Sendable {
    /// What was decided, or what came of it.
    enum Decision: String, Sendable, CaseIterable {
        /// The leg belongs to the route and may have its turn.
        case planCandidate = "plan_candidate"
        /// The leg is not tried, now or at all.
        case skip
        /// A request goes out.
        case attempt
        /// The request went out once more, on a new connection: the first was dead before any byte of an answer came.
        case resend
        /// The leg's output is the answer.
        case win
        /// Another leg won, or the client left.
        case lose
        case fail
        /// The request waits before it goes on.
        case wait
        /// A failure that no other leg would change is the answer.
        case surface
        /// No leg is left: the request is answered with a failure.
        case exhausted
        /// The backend that the session or client is bound to has the first turn.
        case affinityHit = "affinity_hit"
        /// The session or client is bound to the backend whose output is the answer.
        case affinityBind = "affinity_bind"
        /// The session or client is bound no more: the backend is of no use to this request.
        case affinityReset = "affinity_reset"
    }

    /// Why, in the form in which it was known.
    enum Detail: Sendable {
        case none
        case words(StaticString)
        case refusal(LegRefusal)
        case lacks(Capabilities)
        /// The request is outside of the leg's bounds of size.
        case unfit(tokens: Int)
        /// It uses the backend's key with this place.
        case key(Int)
        case duration(Duration)
        /// The verdict's row and what the provider, or lip, said.
        case failure(row: String, status: Int?, message: String)
        case answer(status: Int, message: String)
    }

    var time: MonotonicInstant
    var requestID: InlineText
    /// As it was used, after aliases.
    var selector: String
    var decision: Decision
    /// The backend and the model; nil for a decision about the whole request.
    var leg: LegID?
    /// Which of the request's attempts it was.
    var attempt: Int?
    var detail = Detail.none
}
