import Runtime
import Testing

@testable import Transport

@Suite struct HTTPServerMachineShutdownTests {
    private static let get = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n"

    @Test("shutting down closes an idle connection and makes a running answer the last")
    func shutdown() {
        var idle = HTTPServerMachineDriver()
        idle.receive(Self.get)
        idle.handle(idle.machine.shutdownBegan(at: idle.now))
        #expect(idle.machine.isClosed)
        var busy = HTTPServerMachineDriver()
        busy.answers = false
        busy.receive(Self.get + Self.get)
        busy.handle(busy.machine.shutdownBegan(at: busy.now))
        #expect(busy.actions == .startHandler)
        busy.respond(200)
        busy.handle(busy.machine.handlerReturned(dateLine: [], at: busy.now))
        #expect(busy.text.contains("Connection: close\r\n") && busy.machine.isEnding)
    }

    @Test("while the server stops, a client that keeps its connection is waited for a second, one that uploads longer")
    func shutdownLinger() {
        for (request, seconds) in [
            (Self.get, 1), ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n", 10),
        ] {
            var driver = HTTPServerMachineDriver()
            driver.answers = false
            driver.receive(request)
            driver.handle(driver.machine.shutdownBegan(at: driver.now))
            driver.respond(200)
            driver.handle(driver.machine.handlerReturned(dateLine: [], at: driver.now))
            #expect(driver.machine.phase == .lingering && driver.actions.contains(.shutdownWriting))
            driver.advance(by: .seconds(seconds) - .milliseconds(1))
            #expect(!driver.machine.isClosed)
            driver.advance(by: .milliseconds(1))
            #expect(driver.machine.isClosed)
        }
    }

    @Test("cut short, a connection without a request is closed, and half a head is refused")
    func cutWithoutRequest() {
        var idle = HTTPServerMachineDriver()
        idle.receive(Self.get)
        idle.handle(idle.machine.cutShort(at: idle.now))
        #expect(idle.machine.isClosed && idle.statuses == [200])
        var head = HTTPServerMachineDriver()
        head.receive("GET / HT")
        head.handle(head.machine.cutShort(at: head.now))
        #expect(head.statuses == [503] && head.text.contains("Connection: close\r\n") && head.machine.isEnding)
        #expect(head.served == [])
    }

    @Test("cut short, a body that is still coming is waited for no longer, and its answer can be found")
    func cutUpload() {
        for asks in [true, false] {
            var driver = HTTPServerMachineDriver()
            driver.answers = false
            driver.receive("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc")
            if asks { driver.handle(driver.machine.bodyRequested(upTo: 100, at: driver.now)) }
            driver.handle(driver.machine.cutShort(at: driver.now))
            #expect(driver.machine.body == .failed(.cutShort) && driver.actions.contains(.wakeHandler))
            #expect(!driver.actions.contains(.cancelHandler))
            driver.handle(driver.machine.handlerReturned(dateLine: [], at: driver.now))
            #expect(driver.statuses == [503] && driver.text.contains("Connection: close\r\n"))
            #expect(driver.machine.phase == .lingering && driver.machine.wantsRead)
            driver.receive("defghij")
            #expect(!driver.machine.isClosed)
        }
    }

    @Test("cut short, a running answer is its handler's to end, and is not lingered after")
    func cutAnswer() {
        var driver = HTTPServerMachineDriver()
        driver.answers = false
        driver.receive(Self.get + Self.get)
        driver.handle(driver.machine.start(status: 200, fields: [], dateLine: [], at: driver.now))
        driver.write("some")
        driver.handle(driver.machine.cutShort(at: driver.now))
        #expect(driver.actions == [.startHandler, .wakeHandler] && driver.machine.phase == .serving)
        driver.write("error")
        driver.handle(driver.machine.finish(at: driver.now))
        driver.handle(driver.machine.handlerReturned(dateLine: [], at: driver.now))
        #expect(driver.text.hasSuffix("5\r\nerror\r\n0\r\n\r\n"))
        #expect(driver.machine.isClosed && !driver.actions.contains(.reset))
    }

    @Test("cut short, an answer that is on its way goes out, and a client that kept its connection is not waited for")
    func cutWhileEnding() {
        var flushing = HTTPServerMachineDriver()
        flushing.answers = false
        flushing.drains = false
        flushing.receive(Self.get)
        flushing.machine.closeAfterAnswer()
        flushing.respond(200)
        flushing.handle(flushing.machine.handlerReturned(dateLine: [], at: flushing.now))
        flushing.handle(flushing.machine.cutShort(at: flushing.now))
        #expect(flushing.machine.phase == .flushing)
        flushing.drains = true
        flushing.handle([])
        #expect(flushing.statuses == [200] && flushing.machine.isClosed)

        for (request, closes) in [
            (Self.get, true), ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n", false),
        ] {
            var lingering = HTTPServerMachineDriver()
            lingering.answers = false
            lingering.receive(request)
            lingering.machine.closeAfterAnswer()
            lingering.respond(200)
            lingering.handle(lingering.machine.handlerReturned(dateLine: [], at: lingering.now))
            #expect(lingering.machine.phase == .lingering)
            lingering.handle(lingering.machine.cutShort(at: lingering.now))
            #expect(lingering.machine.isClosed == closes)
        }
    }

    @Test("a connection that lingers when the server begins to stop is given a second more")
    func lingeringAtShutdown() {
        var driver = HTTPServerMachineDriver()
        driver.answers = false
        driver.receive(Self.get)
        driver.machine.closeAfterAnswer()
        driver.respond(200)
        driver.handle(driver.machine.handlerReturned(dateLine: [], at: driver.now))
        driver.advance(by: .seconds(5))
        #expect(driver.machine.phase == .lingering)
        driver.handle(driver.machine.shutdownBegan(at: driver.now))
        driver.advance(by: .seconds(1))
        #expect(driver.machine.isClosed)
    }
}
