import CLinux
import Glibc
import Testing

@testable import Runtime

@Suite(.timeLimit(.minutes(1))) struct DescriptorTests {
    /// Calls a closure when its descriptor is ready.
    private final class Handler: FileDescriptorHandler {
        let body: (Readiness) -> Void
        let onRelease: () -> Void

        init(onRelease: @escaping () -> Void = {}, _ body: @escaping (Readiness) -> Void) {
            self.body = body
            self.onRelease = onRelease
        }

        deinit { onRelease() }

        func descriptorIsReady(_ ready: Readiness) { body(ready) }
    }

    /// Two connected sockets; a byte is waiting at the first, whose number is out of the reach of other tests.
    private static func readablePair() -> (CInt, CInt) {
        var ends: [CInt] = [0, 0]
        precondition(socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0, &ends) == 0)
        let near = fcntl(ends[0], F_DUPFD_CLOEXEC, 600)
        precondition(near >= 600)
        Glibc.close(ends[0])
        precondition(write(ends[1], "x", 1) == 1)
        return (near, ends[1])
    }

    /// Two connected sockets with nothing to read; the first takes the number of an open one, which is closed by it.
    ///
    /// In one step: between closing and opening, a test on another thread could get the number.
    private static func silentPair(inPlaceOf number: CInt) -> [CInt] {
        var ends: [CInt] = [0, 0]
        precondition(socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0, &ends) == 0)
        precondition(dup2(ends[0], number) == number)
        Glibc.close(ends[0])
        return [number, ends[1]]
    }

    private func onLoop(_ body: @escaping @Sendable (EventLoop) async throws -> Void) async throws {
        let loops = try EventLoopGroup(count: 1)
        defer { loops.shutdown() }
        let loop = loops.loops[0]
        try await Task(executorPreference: loop) {
            try await body(loop)
            #expect(loop.sourceCount == 0)
        }.value
    }

    @Test("an event that was fetched for a closed descriptor is not delivered to the one that reused its number")
    func staleEvent() async throws {
        try await onLoop { loop in
            let signal = LoopSignal(on: loop)
            let pairs = [Self.readablePair(), Self.readablePair()]
            var ids: [SourceID] = []
            var closed = -1
            var later: [CInt] = []
            // Both are ready in one batch. Whoever comes first closes the other and opens a silent pair, which gets the
            // closed number.
            for (position, pair) in pairs.enumerated() {
                let handler = Handler { _ in
                    #expect(closed == -1, "the stale event was delivered")
                    closed = 1 - position
                    loop.deregister(ids[position])
                    loop.deregister(ids[closed])
                    Glibc.close(pairs[closed].1)
                    later = Self.silentPair(inPlaceOf: pairs[closed].0)
                    for end in later {
                        let silent = Handler { _ in Issue.record("nothing was written to this pair") }
                        ids.append(try! loop.register(end, for: .read, handler: silent))
                    }
                    signal.signal()
                }
                ids.append(try loop.register(pair.0, for: .read, handler: handler))
            }
            try await signal.wait()
            // Two more turns, so that a wrong delivery would have happened.
            for _ in 0..<2 {
                _ = loop.schedule(at: loop.now) { signal.signal() }
                try await signal.wait()
            }
            for id in ids { loop.deregister(id) }
            for descriptor in later + [pairs[1 - closed].0, pairs[1 - closed].1] { Glibc.close(descriptor) }
        }
    }

    @Test("deregistering a source whose number has passed to another leaves the other alone")
    func reusedNumber() async throws {
        try await onLoop { loop in
            let signal = LoopSignal(on: loop)
            let first = Self.readablePair()
            let old = try loop.register(first.0, for: [], handler: Handler { _ in })
            // Closed without being deregistered, as libraries may do.
            Glibc.close(first.1)
            let second = Self.silentPair(inPlaceOf: first.0)
            let new = try loop.register(second[0], for: [], handler: Handler { _ in signal.signal() })
            loop.modify(old, interest: .write)
            loop.deregister(old)
            loop.modify(new, interest: .read)
            precondition(write(second[1], "x", 1) == 1)
            try await signal.wait()
            loop.deregister(new)
            for descriptor in second { Glibc.close(descriptor) }
        }
    }

    @Test("a source whose descriptor was closed and opened anew under it is watched again when it is modified")
    func reopened() async throws {
        try await onLoop { loop in
            let signal = LoopSignal(on: loop)
            let first = Self.readablePair()
            let id = try loop.register(first.0, for: [], handler: Handler { _ in signal.signal() })
            Glibc.close(first.1)
            let second = Self.silentPair(inPlaceOf: first.0)
            loop.modify(id, interest: .read)
            precondition(write(second[1], "x", 1) == 1)
            try await signal.wait()
            loop.deregister(id)
            for descriptor in second { Glibc.close(descriptor) }
        }
    }

    @Test("a handler may deregister itself, and may call the loop when it is released")
    func reentrancy() async throws {
        try await onLoop { loop in
            let signal = LoopSignal(on: loop)
            let (near, far) = Self.readablePair()
            var id: SourceID?
            let timer = loop.schedule(after: .seconds(3600)) {}
            let other = try loop.register(far, for: [], handler: Handler { _ in })
            id = try loop.register(
                near, for: .read,
                handler: Handler(
                    onRelease: {
                        loop.cancel(timer)
                        loop.deregister(other)
                        signal.signal()
                    },
                    { _ in if let id { loop.deregister(id) } }))
            try await signal.wait()
            #expect(loop.pendingTimerCount == 0)
            Glibc.close(near)
            Glibc.close(far)
        }
    }

    @Test("a peer that leaves is reported as such")
    func peerClosed() async throws {
        try await onLoop { loop in
            let signal = LoopSignal(on: loop)
            let (near, far) = Self.readablePair()
            var seen: Readiness = []
            let id = try loop.register(
                near, for: .peerClosed,
                handler: Handler { ready in
                    seen.insert(ready)
                    signal.signal()
                })
            Glibc.close(far)
            try await signal.wait()
            #expect(seen.contains(.peerClosed))
            loop.deregister(id)
            Glibc.close(near)
        }
    }

    @Test("registering something that is not a descriptor is an error and leaks nothing")
    func badDescriptor() async throws {
        try await onLoop { loop in
            #expect(throws: SystemError(operation: "epoll_ctl", code: EBADF)) {
                _ = try loop.register(9999, for: .read, handler: Handler { _ in })
            }
        }
    }
}
