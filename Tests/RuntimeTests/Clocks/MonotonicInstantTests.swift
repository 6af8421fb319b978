import Testing

@testable import Runtime

struct MonotonicInstantTests {
    @Test(
        "a duration is cut to whole nanoseconds towards zero, and held within what 64 bits hold",
        arguments: [
            (Duration.zero, 0), (.nanoseconds(1), 1), (.milliseconds(1500), 1_500_000_000),
            (Duration(secondsComponent: 0, attosecondsComponent: 1_999_999_999), 1),
            (Duration(secondsComponent: 9444, attosecondsComponent: 732_965_739_290_427_391), 9_444_732_965_739),
            (Duration(secondsComponent: 9444, attosecondsComponent: 732_965_739_290_427_392), 9_444_732_965_739),
            (.seconds(86_400), 86_400_000_000_000), (.nanoseconds(-7), -7),
            (Duration(secondsComponent: -1, attosecondsComponent: -1_999_999_999), -1_000_000_001),
            (.seconds(Int64.max), .max), (.seconds(Int64.min), .min),
        ] as [(Duration, Int64)])
    func wholeNanoseconds(_ duration: Duration, _ expected: Int64) {
        #expect(duration.wholeNanoseconds == expected)
    }

    @Test("an instant too far away is the distant future")
    func saturation() {
        #expect(MonotonicInstant(nanoseconds: 5) + .seconds(Int64.max) == .distantFuture)
        #expect(MonotonicInstant(nanoseconds: 5) + .nanoseconds(2) == MonotonicInstant(nanoseconds: 7))
    }
}
