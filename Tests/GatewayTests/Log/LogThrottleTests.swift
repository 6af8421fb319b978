import Runtime
import Testing

@testable import Gateway

@Suite struct LogThrottleTests {
    @Test("one line of many is let through at a time, and tells of those that were held back")
    func throttle() {
        var throttle = LogThrottle()
        let start = MonotonicInstant(nanoseconds: 5)
        #expect(throttle.admitted(at: start) == 0)
        for _ in 0..<3 { #expect(throttle.admitted(at: start + .seconds(1)) == nil) }
        #expect(throttle.admitted(at: start + LogThrottle.pause) == 3)
        #expect(throttle.admitted(at: start + LogThrottle.pause) == nil)
        #expect(throttle.admitted(at: start + LogThrottle.pause * 2) == 1)
        #expect(throttle.admitted(at: start + LogThrottle.pause * 3) == 0)
    }
}
