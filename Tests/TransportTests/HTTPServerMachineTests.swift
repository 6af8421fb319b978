import Runtime
import Testing

@testable import Transport

@Suite struct HTTPServerMachineTests {
    private static let get = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n"

    // MARK: Framing of requests

    @Test("every split of three pipelined requests gives the same answers")
    func splits() {
        let requests =
            "POST /1 HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"
            + "POST /2 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3;e\r\nabc\r\n2\r\nde\r\n0\r\nT: t\r\n\r\n"
            + "\r\nGET /3 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        let bytes = Array(requests.utf8)
        var whole = HTTPServerMachineDriver()
        whole.receive(bytes)
        #expect(whole.served == ["POST /1 5:hello", "POST /2 5:abcde", "GET /3 0:"])
        #expect(whole.statuses == [200, 200, 200])
        for first in 0..<bytes.count {
            for second in stride(from: first, to: bytes.count, by: 7) {
                var split = HTTPServerMachineDriver()
                split.receive(bytes[..<first])
                split.receive(bytes[first..<second])
                split.receive(bytes[second...])
                #expect(split.output == whole.output && split.served == whole.served, "\(first), \(second)")
                #expect(split.machine.phase == whole.machine.phase)
            }
        }
    }

    @Test("a request that is pipelined waits until the one before it is answered")
    func pipelining() {
        var driver = HTTPServerMachineDriver()
        driver.answers = false
        driver.receive(Self.get + "GET /b HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(driver.actions == .startHandler)
        let first = driver.machine.takeRequest()
        #expect(first != nil && driver.machine.takeRequest() == nil)
        driver.respond(200)
        #expect(driver.machine.takeRequest() == nil)
        #expect(driver.machine.handlerReturned(dateLine: [], at: driver.now) == .startHandler)
        #expect(driver.machine.takeRequest()?.line.target == 4..<6)
    }

    @Test("bytes behind a request in progress are kept up to their bound, then reading stops")
    func pipelinedBound() {
        var limits = HTTPServerLimits()
        limits.pipelinedBytesMax = 100
        var driver = HTTPServerMachineDriver(limits: limits)
        driver.answers = false
        driver.receive(Self.get)
        #expect(driver.machine.wantsRead)
        driver.receive(String(repeating: "G", count: 100))
        #expect(!driver.machine.wantsRead)
    }

    @Test("requests are not served while their client takes no answers")
    func pipelinedAnswers() {
        var limits = HTTPServerLimits()
        limits.outboundBufferBytesMax = 500
        var driver = HTTPServerMachineDriver(limits: limits)
        driver.drains = false
        driver.receive(String(repeating: Self.get, count: 50))
        #expect(driver.served.count < 15)
        driver.drains = true
        driver.handle([])
        while driver.served.count < 50, driver.actions.contains(.startHandler) { driver.resume() }
        #expect(driver.served.count == 50)
        #expect(driver.statuses.count == 50)
    }

    // MARK: Limits

    @Test("a head over its bound is refused: 414 in the request line, 431 after it")
    func headBound() {
        var limits = HTTPServerLimits()
        limits.requestHeadBytesMax = 200
        var line = HTTPServerMachineDriver(limits: limits)
        line.receive("GET /" + String(repeating: "a", count: 200))
        #expect(line.statuses == [414] && line.machine.isEnding)
        var fields = HTTPServerMachineDriver(limits: limits)
        fields.receive("GET / HTTP/1.1\r\nA: " + String(repeating: "a", count: 200))
        #expect(fields.statuses == [431] && fields.machine.isEnding)
        var fits = HTTPServerMachineDriver(limits: limits)
        fits.receive("GET / HTTP/1.1\r\nHost: x\r\nA: " + String(repeating: "a", count: 168) + "\r\n\r\n")
        #expect(fits.statuses == [200])
    }

    @Test("too many fields are refused with 431")
    func fieldBound() {
        var limits = HTTPServerLimits()
        limits.requestFieldCountMax = 3
        var driver = HTTPServerMachineDriver(limits: limits)
        driver.receive("GET / HTTP/1.1\r\nHost: x\r\nA: b\r\nA: b\r\n\r\n")
        driver.receive("GET / HTTP/1.1\r\nHost: x\r\nA: b\r\nA: b\r\nA: b\r\n\r\n")
        #expect(driver.statuses == [200, 431])
    }

    @Test("a body that is announced too large fails before any of it is read")
    func announcedTooLarge() {
        var driver = HTTPServerMachineDriver()
        driver.receive("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1048577\r\n\r\n")
        #expect(driver.served == ["POST / tooLarge"])
        #expect(driver.statuses == [413])
        #expect(driver.machine.phase == .lingering)
    }

    @Test("a chunked body fails as soon as it is too large, and what still comes is dropped")
    func grownTooLarge() {
        var driver = HTTPServerMachineDriver()
        driver.receive("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n200000\r\n")
        let piece = [UInt8](repeating: 65, count: 65536)
        for _ in 0..<17 { driver.receive(piece) }
        #expect(driver.served == ["POST / tooLarge"])
        #expect(driver.statuses == [413])
        #expect(driver.machine.phase == .lingering && driver.machine.wantsRead)
        for _ in 0..<15 { driver.receive(piece) }
        driver.receive("\r\n0\r\n\r\n" + Self.get)
        #expect(driver.served.count == 1)
        driver.handle(driver.machine.clientFinished(at: driver.now))
        #expect(driver.machine.isClosed && driver.actions.contains(.close))
    }

    @Test("a body that nobody has asked for is read up to a bound only")
    func prefetch() {
        var driver = HTTPServerMachineDriver()
        driver.answers = false
        driver.receive("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n")
        #expect(driver.machine.wantsRead)
        driver.receive([UInt8](repeating: 65, count: 65536))
        #expect(!driver.machine.wantsRead)
        _ = driver.machine.bodyRequested(upTo: 1_000_000, at: driver.now)
        #expect(driver.machine.wantsRead)
    }

    // MARK: Deadlines

    @Test("a head that drips is cut at its deadline, however lively the drip")
    func drippedHead() {
        var driver = HTTPServerMachineDriver()
        driver.receive("G")
        for _ in 0..<9 {
            driver.advance(by: .seconds(1))
            driver.receive("E")
            #expect(driver.machine.phase == .head)
        }
        driver.advance(by: .seconds(1))
        #expect(driver.statuses == [408] && driver.machine.isEnding)
    }

    @Test("a body that drips is cut, though each byte earns its time at the slowest rate")
    func drippedBody() {
        var driver = HTTPServerMachineDriver()
        driver.receive("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")
        for _ in 0..<30 {
            #expect(driver.machine.phase == .serving)
            driver.receive("a")
            driver.advance(by: .seconds(1))
        }
        driver.advance(by: .seconds(1))
        #expect(driver.served == ["POST / timeout"])
        #expect(driver.statuses == [408])
        #expect(driver.machine.phase == .lingering)
    }

    @Test("an upload at the slowest allowed rate is waited for")
    func slowBody() {
        var driver = HTTPServerMachineDriver()
        driver.receive("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 819200\r\n\r\n")
        for _ in 0..<100 {
            driver.advance(by: .seconds(1))
            driver.receive([UInt8](repeating: 65, count: 8192))
        }
        #expect(driver.statuses == [200])
    }

    @Test("an idle connection is closed without a word, before and between requests")
    func idle() {
        var fresh = HTTPServerMachineDriver()
        fresh.advance(by: .seconds(119))
        #expect(!fresh.machine.isClosed)
        fresh.advance(by: .seconds(1))
        #expect(fresh.machine.isClosed && fresh.output.isEmpty)
        var used = HTTPServerMachineDriver()
        used.advance(by: .seconds(100))
        used.receive(Self.get)
        used.advance(by: .seconds(119))
        #expect(!used.machine.isClosed)
        used.advance(by: .seconds(1))
        #expect(used.machine.isClosed && used.statuses == [200])
    }

    @Test("a handler may take its time: no deadline runs while nothing is asked of the client")
    func noDeadlineWhileHandling() {
        var driver = HTTPServerMachineDriver()
        driver.answers = false
        driver.receive(Self.get)
        #expect(driver.machine.deadline == .distantFuture)
        driver.receive("POST")
        #expect(driver.machine.deadline == .distantFuture)
    }

    @Test("a client that takes no byte of a stream is cut after the stall timeout, one that takes some is not")
    func writeStall() {
        var driver = HTTPServerMachineDriver()
        driver.answers = false
        driver.drains = false
        driver.receive(Self.get)
        _ = driver.machine.start(status: 200, fields: [], dateLine: [], at: driver.now)
        driver.write("hello")
        for _ in 0..<5 {
            driver.advance(by: .seconds(50))
            driver.handle(driver.machine.sent(1, at: driver.now))
            driver.write("more")
        }
        #expect(!driver.machine.isClosed && !driver.machine.hasStalled)
        // It may have taken the last bytes at any time before the next look, a quarter of the time later.
        driver.advance(by: .seconds(75))
        #expect(driver.machine.isClosed && driver.machine.hasStalled)
        #expect(driver.actions.isSuperset(of: [.close, .reset, .cancelHandler]))
    }

    @Test("a client that takes something of what its socket holds is not cut, though the socket asks for nothing more")
    func slowReader() {
        var driver = HTTPServerMachineDriver()
        driver.answers = false
        driver.drains = false
        driver.receive(Self.get)
        _ = driver.machine.start(status: 200, fields: [], dateLine: [], at: driver.now)
        driver.write(String(repeating: "x", count: 100_000))
        driver.handle(driver.machine.sent(50_000, at: driver.now))
        for taken in 1...100 {
            driver.untakenBytes = 50_000 - taken
            driver.advance(by: .seconds(10))
            // Neither more output nor keep-alives stand for the client's taking.
            driver.write("more")
        }
        #expect(!driver.machine.isClosed)
        let last = driver.now
        while !driver.machine.isClosed { driver.advance(by: .seconds(1)) }
        #expect((.seconds(60)...Duration.seconds(76)).contains(driver.now - last))
        #expect(driver.machine.hasStalled)
    }

    @Test("a client that left is not told from one that stalled by what it took before")
    func leftNotStalled() {
        var driver = HTTPServerMachineDriver()
        driver.answers = false
        driver.drains = false
        driver.receive(Self.get)
        _ = driver.machine.start(status: 200, fields: [], dateLine: [], at: driver.now)
        driver.advance(by: .seconds(59))
        driver.handle(driver.machine.clientFinished(at: driver.now))
        #expect(driver.machine.isClosed && !driver.machine.hasStalled)
    }

    @Test("a client that takes no byte of a finished answer is cut after the stall timeout, however long that is")
    func finishedStall() {
        var driver = HTTPServerMachineDriver()
        driver.answers = false
        driver.drains = false
        driver.receive(Self.get)
        driver.respond(200, body: [UInt8](repeating: 65, count: 8_000_000))
        driver.handle(driver.machine.handlerReturned(dateLine: [], at: driver.now))
        driver.handle(driver.machine.sent(50_000, at: driver.now))
        driver.untakenBytes = 50_000
        driver.advance(by: .seconds(59))
        #expect(!driver.machine.isClosed)
        driver.advance(by: .seconds(16))
        #expect(driver.machine.isClosed && driver.machine.hasStalled)
    }

    @Test("a client that goes on taking a finished answer is not idle before it has all of it")
    func busyWithAnswer() {
        var driver = HTTPServerMachineDriver()
        driver.answers = false
        driver.drains = false
        driver.receive(Self.get)
        driver.respond(200, body: [UInt8](repeating: 65, count: 1_000_000))
        driver.handle(driver.machine.handlerReturned(dateLine: [], at: driver.now))
        for _ in 0..<30 {
            driver.advance(by: .seconds(10))
            driver.handle(driver.machine.sent(30_000, at: driver.now))
        }
        #expect(!driver.machine.isClosed && driver.machine.phase == .idle)
        driver.handle(driver.machine.sent(driver.machine.outbound.count, at: driver.now))
        driver.advance(by: .seconds(119))
        #expect(!driver.machine.isClosed)
        driver.advance(by: .seconds(1))
        #expect(driver.machine.isClosed && !driver.machine.hasStalled)
    }

    @Test("a finished answer has a time to be taken in that taking byte by byte does not stretch")
    func slowTaker() {
        var driver = HTTPServerMachineDriver()
        driver.answers = false
        driver.drains = false
        driver.receive(Self.get)
        driver.respond(200, body: [UInt8](repeating: 65, count: 10_000))
        #expect(driver.machine.handlerReturned(dateLine: [], at: driver.now).isEmpty)
        for _ in 0..<69 {
            driver.advance(by: .seconds(1))
            driver.handle(driver.machine.sent(1, at: driver.now))
        }
        #expect(driver.machine.isClosed)
        #expect(!driver.actions.contains(.cancelHandler))
    }

    @Test("what a client uploads after an early answer is dropped for a bounded time and amount")
    func lingering() {
        let request = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n"
        var slow = HTTPServerMachineDriver()
        slow.receive(request)
        #expect(slow.machine.phase == .lingering)
        for _ in 0..<9 {
            slow.advance(by: .seconds(1))
            slow.receive("a")
            #expect(slow.machine.phase == .lingering)
        }
        slow.advance(by: .seconds(1))
        #expect(slow.machine.isClosed)
        var limits = HTTPServerLimits()
        limits.lingerBytesMax = 10
        var fast = HTTPServerMachineDriver(limits: limits)
        fast.receive(request)
        fast.receive("0123456789")
        #expect(fast.machine.phase == .lingering)
        fast.receive("a")
        #expect(fast.machine.isClosed)
    }

    // MARK: Answers

    @Test("100 Continue is sent when the body is asked for, once, and not when it is not")
    func expectation() {
        let request = "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"
        var asked = HTTPServerMachineDriver()
        asked.receive(request)
        #expect(asked.text == "HTTP/1.1 100 Continue\r\n\r\n")
        asked.receive("ab")
        #expect(asked.statuses == [100, 200] && asked.served == ["POST / 2:ab"])
        #expect(asked.machine.phase == .idle)
        var refused = HTTPServerMachineDriver()
        refused.answers = false
        refused.receive(request)
        refused.respond(401)
        refused.handle(refused.machine.handlerReturned(dateLine: [], at: refused.now))
        #expect(refused.statuses == [401])
        #expect(refused.text.contains("Connection: close"))
        #expect(refused.machine.phase == .lingering)
        var hasty = HTTPServerMachineDriver()
        hasty.receive(request + "ab")
        #expect(hasty.statuses == [200])
    }

    @Test("HEAD gets the head that GET would, and no body")
    func head() {
        var driver = HTTPServerMachineDriver()
        driver.answers = false
        driver.receive("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n")
        driver.respond(200, body: Array("hello".utf8))
        driver.handle(driver.machine.handlerReturned(dateLine: [], at: driver.now))
        #expect(driver.text == "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")
        #expect(driver.machine.phase == .idle)
        driver.receive("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n")
        driver.handle(driver.machine.start(status: 200, fields: [], dateLine: [], at: driver.now))
        driver.write("hello")
        driver.handle(driver.machine.finish(at: driver.now))
        #expect(driver.text.hasSuffix("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"))
    }

    @Test("HTTP/1.0: persistent only on request and with a length; a stream ends with the connection")
    func http10() {
        var plain = HTTPServerMachineDriver()
        plain.receive("GET / HTTP/1.0\r\n\r\n")
        #expect(plain.text.contains("Connection: close\r\n") && plain.machine.isClosed)
        var kept = HTTPServerMachineDriver()
        kept.receive("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        #expect(kept.text.contains("Connection: keep-alive\r\n") && kept.machine.phase == .idle)
        kept.answers = false
        kept.receive("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        kept.handle(kept.machine.start(status: 200, fields: [], dateLine: [], at: kept.now))
        kept.write("hello")
        kept.handle(kept.machine.finish(at: kept.now))
        kept.handle(kept.machine.handlerReturned(dateLine: [], at: kept.now))
        #expect(kept.text.hasSuffix("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello"))
        #expect(kept.machine.isClosed || kept.machine.phase == .lingering)
    }

    @Test("204 and 304 have neither body nor length", arguments: [204, 304])
    func bodiless(_ status: Int) {
        var driver = HTTPServerMachineDriver()
        driver.answers = false
        driver.receive(Self.get)
        driver.respond(status, body: [65])
        driver.handle([])
        #expect(!driver.text.contains("Content-Length") && driver.text.hasSuffix("\r\n\r\n"))
    }

    @Test("a handler's fields cannot break out of their lines or claim the framing")
    func fields() {
        var driver = HTTPServerMachineDriver()
        driver.answers = false
        driver.receive(Self.get)
        let fields = [
            ("X", "a\r\nSet-Cookie: b\u{0}"), ("Bad Name", "c"), ("", "d"), ("Content-Length", "99"),
            ("transfer-encoding", "gzip"), ("Connection", "close"), ("Date", "never"), ("Y", "\tz"),
        ]
        _ = driver.machine.respond(
            status: 200, fields: fields, body: UnsafeRawBufferPointer(start: nil, count: 0), dateLine: [],
            at: driver.now)
        driver.handle([])
        #expect(driver.text == "HTTP/1.1 200 OK\r\nX: a  Set-Cookie: b \r\nY: \tz\r\nContent-Length: 0\r\n\r\n")
    }

    @Test("a handler that returns in the middle of a stream leaves an answer that is visibly cut")
    func cutStream() {
        var driver = HTTPServerMachineDriver()
        driver.answers = false
        driver.receive(Self.get)
        driver.handle(driver.machine.start(status: 200, fields: [], dateLine: [], at: driver.now))
        driver.write("hello")
        driver.handle(driver.machine.handlerReturned(dateLine: [], at: driver.now))
        #expect(driver.text.hasSuffix("\r\n\r\n5\r\nhello\r\n"))
        #expect(driver.machine.isClosed && !driver.actions.contains(.reset))
        var old = HTTPServerMachineDriver()
        old.answers = false
        old.receive("GET / HTTP/1.0\r\n\r\n")
        old.handle(old.machine.start(status: 200, fields: [], dateLine: [], at: old.now))
        old.write("hello")
        old.handle(old.machine.abort(at: old.now))
        #expect(old.machine.isClosed && old.actions.contains(.reset))
    }

    @Test("a handler that returns without an answer has 500 sent for it")
    func noAnswer() {
        var driver = HTTPServerMachineDriver()
        driver.answers = false
        driver.receive(Self.get)
        driver.handle(driver.machine.handlerReturned(dateLine: [], at: driver.now))
        #expect(driver.statuses == [500] && driver.machine.phase == .idle)
    }

    // MARK: The client leaves, the server stops

    @Test("a client that stops sending is gone, whatever it still waits for")
    func clientFinished() {
        var waiting = HTTPServerMachineDriver()
        waiting.answers = false
        waiting.receive(Self.get + Self.get)
        waiting.handle(waiting.machine.clientFinished(at: waiting.now))
        #expect(waiting.actions.isSuperset(of: [.close, .cancelHandler]) && waiting.machine.isClosed)
        #expect(waiting.machine.handlerReturned(dateLine: [], at: waiting.now).isEmpty)
        var partial = HTTPServerMachineDriver()
        partial.receive("GET / HT")
        partial.handle(partial.machine.clientFinished(at: partial.now))
        #expect(partial.machine.isClosed && partial.output.isEmpty)
        var uploading = HTTPServerMachineDriver()
        uploading.receive("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhel")
        uploading.handle(uploading.machine.clientFinished(at: uploading.now))
        #expect(uploading.machine.body == .failed(.clientGone) && uploading.actions.contains(.cancelHandler))
    }

    @Test("an answer that is written already still goes to a client that has stopped sending")
    func answeredBeforeFinished() {
        var driver = HTTPServerMachineDriver()
        driver.answers = false
        driver.drains = false
        driver.receive(Self.get)
        driver.respond(200)
        driver.handle(driver.machine.clientFinished(at: driver.now))
        #expect(!driver.actions.contains(.cancelHandler) && !driver.machine.isClosed)
        #expect(!driver.machine.wantsRead && !driver.machine.wantsPeerClosed)
        driver.handle(driver.machine.handlerReturned(dateLine: [], at: driver.now))
        driver.drains = true
        driver.handle([])
        #expect(driver.statuses == [200] && driver.machine.isClosed)
    }
}
