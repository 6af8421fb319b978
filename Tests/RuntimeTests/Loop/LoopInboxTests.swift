import Glibc
import Testing

@testable import Runtime

@Suite struct LoopInboxTests {
    private func withInbox(_ body: (LoopInbox) throws -> Void) throws {
        let inbox = try LoopInbox()
        defer { close(inbox.descriptor) }
        try body(inbox)
    }

    @Test("while the loop is awake, posting writes no wake")
    func awake() throws {
        try withInbox { inbox in
            for _ in 0..<100 { inbox.post(.call {}) }
            #expect(inbox.wakesWritten == 0)
        }
    }

    @Test("while the loop waits, the first post writes one wake and the others none")
    func waiting() throws {
        try withInbox { inbox in
            #expect(inbox.beginWaiting())
            for _ in 0..<100 { inbox.post(.call {}) }
            #expect(inbox.wakesWritten == 1)
            var work: [LoopWork] = []
            _ = inbox.take(into: &work)
            #expect(work.count == 100)
        }
    }

    @Test("a loop does not begin to wait when something was posted since it looked")
    func postedBeforeWaiting() throws {
        try withInbox { inbox in
            inbox.post(.call {})
            #expect(!inbox.beginWaiting())
            var work: [LoopWork] = []
            _ = inbox.take(into: &work)
            #expect(inbox.beginWaiting())
        }
    }

    @Test("a stop wakes the loop, and keeps it from waiting again")
    func stop() throws {
        try withInbox { inbox in
            #expect(inbox.beginWaiting())
            inbox.stop()
            #expect(inbox.wakesWritten == 1)
            var work: [LoopWork] = []
            #expect(inbox.take(into: &work).stopping)
            #expect(!inbox.beginWaiting())
        }
    }

    @Test("a loop cannot close while something is posted, and takes nothing once it has")
    func closing() throws {
        try withInbox { inbox in
            inbox.post(.call {})
            #expect(!inbox.close())
            var work: [LoopWork] = []
            _ = inbox.take(into: &work)
            #expect(inbox.close())
            inbox.post(.call {})
            work = []
            _ = inbox.take(into: &work)
            #expect(work.isEmpty)
        }
    }
}
