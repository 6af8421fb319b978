import Glibc

/// Wall-clock time for people: log lines, `created` fields, start times.
package struct Timestamp: Sendable {
    /// Since the Unix epoch.
    package var nanoseconds: Int64

    package static func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    package var unixSeconds: Int64 { nanoseconds / 1_000_000_000 }

    /// RFC 3339 in UTC with milliseconds, such as `2026-01-31T09:05:00.250Z`.
    package var text: String {
        let seconds = nanoseconds / 1_000_000_000
        let (days, rest) = (seconds / 86_400, seconds % 86_400)
        let (year, month, day) = Self.civil(fromDays: days)
        let millisecond = (nanoseconds / 1_000_000) % 1000
        let date = "\(year)-\(Self.two(month))-\(Self.two(day))"
        let time = "\(Self.two(rest / 3600)):\(Self.two(rest / 60 % 60)):\(Self.two(rest % 60))"
        return "\(date)T\(time).\(millisecond < 100 ? "0" : "")\(Self.two(millisecond))Z"
    }

    /// RFC 3339 in UTC with nanoseconds, such as `2026-01-31T09:05:00.250000000Z`.
    package var preciseText: String {
        let fraction = String(nanoseconds % 1_000_000_000)
        let padding = String(repeating: "0", count: max(0, 9 - fraction.utf8.count))
        return "\(text.dropLast(4))\(padding)\(fraction)Z"
    }

    private static func two(_ value: Int64) -> String {
        value < 10 ? "0\(value)" : String(value)
    }

    /// The proleptic Gregorian date of a day counted from 1970-01-01, by eras of 400 years that begin in March.
    private static func civil(fromDays days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }
}
