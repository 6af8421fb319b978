import Runtime

/// What the machine's owner looks at after every event: inlined, since each look would copy the machine else.
extension HTTPConnectionMachine {
    /// When `deadlinePassed` must be called; may move with every event.
    @inline(__always) var deadline: MonotonicInstant {
        min(phaseDeadline, writeDeadline)
    }

    /// Whether bytes from the client are welcome now.
    @inline(__always) var wantsRead: Bool {
        // The end of the client's bytes would be found again and again.
        if clientHasFinished { return false }
        return switch phase {
        case .idle, .head: hasRoom
        case .serving:
            switch body {
            case .receiving: bodyLimit != nil || bodyBytes.count < limits.bodyPrefetchBytesMax
            case .complete: pipelined.count < limits.pipelinedBytesMax
            case .failed: false
            }
        case .flushing: lingers
        case .lingering: true
        case .closed: false
        }
    }

    /// Whether the owner should listen for the end of the client's sending apart from reading.
    @inline(__always) var wantsPeerClosed: Bool {
        switch phase {
        case .idle, .head, .serving, .flushing: !clientHasFinished
        case .lingering, .closed: false
        }
    }

    /// Whether a writer may go on.
    @inline(__always) var hasRoom: Bool { outbound.count <= limits.outboundBufferBytesMax }

    /// Whether the client can still get anything of the answer.
    @inline(__always) var isClosed: Bool { phase == .closed }

    /// Whether no further request will come.
    var isEnding: Bool {
        switch phase {
        case .idle, .head, .serving: false
        case .flushing, .lingering, .closed: true
        }
    }
}
