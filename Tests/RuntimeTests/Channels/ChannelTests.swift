import Testing

@testable import Runtime

@Suite(.timeLimit(.minutes(1))) struct ChannelTests {
    private struct Broken: Error {}

    @Test("what is sent is received in order, then the end")
    func order() async throws {
        let channel = Channel<Int>(capacity: 8)
        for element in 1...3 { try await channel.send(element) }
        channel.finish()
        #expect(try await channel.next() == 1)
        var batch: [Int] = []
        #expect(try await channel.nextBatch(&batch))
        #expect(batch == [2, 3])
        #expect(try await channel.nextBatch(&batch) == false)
        #expect(try await channel.next() == nil)
        await #expect(throws: ChannelClosedError.self) { try await channel.send(4) }
    }

    @Test("an error follows what was sent before it")
    func failure() async throws {
        let channel = Channel<Int>(capacity: 8)
        try await channel.send(1)
        channel.fail(Broken())
        #expect(try await channel.next() == 1)
        await #expect(throws: Broken.self) { try await channel.next() }
        #expect(try await channel.next() == nil)
    }

    @Test("a send waits until there is room")
    func backpressure() async throws {
        let channel = Channel<Int>(capacity: 1)
        try await channel.send(1)
        #expect(channel.trySend(2) == .full)
        let sent = Locked(false)
        let sender = Task {
            try await channel.send(2)
            sent.withLock { $0 = true }
        }
        for _ in 0..<20 { await Task.yield() }
        #expect(sent.withLock { $0 } == false)
        #expect(try await channel.next() == 1)
        try await sender.value
        #expect(try await channel.next() == 2)
    }

    @Test("a cancelled task neither sends nor receives, even when it would not have to wait")
    func cancelledBefore() async throws {
        let channel = Channel<Int>(capacity: 4)
        try await channel.send(1)
        let go = OneShot<Void>()
        let task = Task {
            _ = await go.wait()
            await #expect(throws: CancellationError.self) { try await channel.send(2) }
            await #expect(throws: CancellationError.self) { try await channel.next() }
            var batch: [Int] = []
            await #expect(throws: CancellationError.self) { try await channel.nextBatch(&batch) }
        }
        task.cancel()
        go.fulfil(())
        await task.value
        #expect(channel.count == 1)
        #expect(try await channel.next() == 1)
    }

    @Test("a waiting receiver that is cancelled throws, and the next element is not lost")
    func cancelledReceiver() async throws {
        let channel = Channel<Int>(capacity: 4)
        let receiver = Task { try await channel.next() }
        receiver.cancel()
        await #expect(throws: CancellationError.self) { try await receiver.value }
        try await channel.send(1)
        #expect(try await channel.next() == 1)
    }

    @Test("a waiting sender that is cancelled throws, and its element never appears")
    func cancelledSender() async throws {
        let channel = Channel<Int>(capacity: 1)
        try await channel.send(1)
        let sender = Task { try await channel.send(2) }
        for _ in 0..<20 { await Task.yield() }
        sender.cancel()
        await #expect(throws: CancellationError.self) { try await sender.value }
        channel.finish()
        #expect(try await channel.next() == 1)
        #expect(try await channel.next() == nil)
    }

    @Test("a receiver that leaves releases waiting senders with an error")
    func close() async throws {
        let channel = Channel<Int>(capacity: 1)
        try await channel.send(1)
        let sender = Task { try await channel.send(2) }
        channel.close()
        await #expect(throws: ChannelClosedError.self) { try await sender.value }
        #expect(channel.trySend(3) == .closed)
    }

    @Test("a receiver and a sender on one loop hand elements over without leaving it")
    func sameLoop() async throws {
        let loops = try EventLoopGroup(count: 1)
        defer { loops.shutdown() }
        let loop = loops.loops[0]
        let sum = try await Task(executorPreference: loop) {
            let channel = Channel<Int>(capacity: 2)
            async let sent: Void = {
                for element in 1...1000 { try await channel.send(element) }
                channel.finish()
            }()
            var sum = 0
            while let element = try await channel.next() {
                #expect(loop.isCurrent)
                sum += element
            }
            try await sent
            return sum
        }.value
        #expect(sum == 500_500)
    }

    @Test(
        "senders on two loops and the pool lose nothing and keep their own order",
        arguments: [(capacity: 1, batches: false), (3, true), (256, false), (256, true)])
    func acrossLoops(capacity: Int, batches: Bool) async throws {
        let loops = try EventLoopGroup(count: 3)
        defer { loops.shutdown() }
        let perSender = 4000
        let channel = Channel<(sender: Int, number: Int)>(capacity: capacity)
        let executors: [(any TaskExecutor)?] = [loops.loops[0], loops.loops[1], nil, loops.loops[0]]
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask(executorPreference: loops.loops[2]) {
                var seen = [Int](repeating: 0, count: executors.count)
                var batch: [(sender: Int, number: Int)] = []
                while true {
                    if batches {
                        guard try await channel.nextBatch(&batch) else { break }
                    } else {
                        guard let element = try await channel.next() else { break }
                        batch = [element]
                    }
                    #expect(batch.count <= capacity)
                    for element in batch {
                        #expect(seen[element.sender] == element.number)
                        seen[element.sender] = element.number + 1
                    }
                }
                #expect(seen == [Int](repeating: perSender, count: executors.count))
            }
            try await withThrowingTaskGroup(of: Void.self) { senders in
                for (sender, executor) in executors.enumerated() {
                    senders.addTask(executorPreference: executor) {
                        for number in 0..<perSender { try await channel.send((sender, number)) }
                    }
                }
                try await senders.waitForAll()
            }
            channel.finish()
            try await group.waitForAll()
        }
    }

    @Test("sends that are cancelled at any moment are either received or thrown, never both")
    func cancellationRace() async throws {
        let loops = try EventLoopGroup(count: 2)
        defer { loops.shutdown() }
        let channel = Channel<Int>(capacity: 1)
        let received = Task(executorPreference: loops.loops[0]) {
            var received = Set<Int>()
            while let element = try await channel.next() {
                #expect(received.insert(element).inserted)
            }
            return received
        }
        var accepted = Set<Int>()
        for number in stride(from: 0, to: 3000, by: 3) {
            let senders = (number..<number + 3).map { element in
                Task(executorPreference: loops.loops[1]) { try await channel.send(element) }
            }
            for sender in senders { sender.cancel() }
            for (offset, sender) in senders.enumerated() {
                do {
                    try await sender.value
                    accepted.insert(number + offset)
                } catch is CancellationError {}
            }
        }
        channel.finish()
        #expect(try await received.value == accepted)
    }

    @Test("a receiver that is cancelled at any moment ends, and takes nothing that it does not return")
    func receiverCancellationRace() async throws {
        let loops = try EventLoopGroup(count: 2)
        defer { loops.shutdown() }
        for number in 0..<1000 {
            let channel = Channel<Int>(capacity: 1)
            let receiver = Task(executorPreference: loops.loops[0]) { try await channel.next() }
            let sender = Task(executorPreference: loops.loops[1]) { try await channel.send(number) }
            receiver.cancel()
            try await sender.value
            let taken: Int?
            do { taken = try await receiver.value } catch { taken = nil }
            #expect(taken == nil ? channel.count == 1 : channel.count == 0)
        }
    }
}
