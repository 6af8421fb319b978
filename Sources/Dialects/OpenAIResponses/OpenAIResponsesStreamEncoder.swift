import Transport

/// Writes a streamed response: carried frames as they came, or the whole lifecycle built from events.
///
/// The stream ends with exactly one of `response.completed`, `response.incomplete` and `response.failed`; the numbers of
/// its events have no gap and begin with 0. No `[DONE]` follows. Belongs to one task at a time.
package struct OpenAIResponsesStreamEncoder: AnswerEncoder {
    private var lifecycle: OpenAIResponsesLifecycle
    /// Whether the stream was ended, well or not: nothing more may be written.
    package private(set) var isOver = false

    /// Makes an encoder; `fallback` tells what the response says of itself where the provider does not.
    ///
    /// `echo` is what it repeats of the request. Usage is part of the last event here, asked for or not.
    package init(includeUsage: Bool, fallback: ResponseInfo, echo: OpenAIResponsesEcho = .none) {
        lifecycle = OpenAIResponsesLifecycle(writes: true, fallback: fallback, echo: echo)
    }

    /// Appends a carried frame, whose events tell what it holds.
    package mutating func carry(_ frame: AnswerFrame, _ events: [Event], into output: inout [UInt8]) {
        guard !isOver else { return }
        for event in events {
            switch event {
            case .started(let started):
                lifecycle.adopt(started)
                lifecycle.noteBegin()
            case .failed(let failure): return fail(failure, into: &output)
            case .ended: isOver = true
            default: break
            }
        }
        // A failure that follows counts on from what the client has seen.
        if let number = frame.sequence { lifecycle.sequence = number + 1 }
        output.append(contentsOf: frame.bytes)
    }

    /// Appends what an event becomes, if it becomes anything.
    package mutating func encode(_ event: Event, into output: inout [UInt8]) {
        guard !isOver else { return }
        switch event {
        case .failed(let failure): fail(failure, into: &output)
        case .ended:
            isOver = true
            lifecycle.end(into: &output)
        default:
            do throws(Failure) {
                try lifecycle.add(event, into: &output)
            } catch {
                fail(error.afterOutput(), into: &output)
            }
        }
    }

    /// Ends the stream with `response.failed`; what was begun is left incomplete.
    package mutating func fail(_ failure: Failure, into output: inout [UInt8]) {
        guard !isOver else { return }
        isOver = true
        lifecycle.fail(failure, into: &output)
    }

    /// Appends a comment, which clients skip, to keep the connection in use.
    package static func keepAlive(into output: inout [UInt8]) {
        SSEWriter.comment("keepalive", into: &output)
    }
}
