import Glibc

/// The `Date` line of answers, formatted once a second (RFC 9110, 5.6.7); belongs to one loop.
struct HTTPDateLine {
    private static let weekdays: [StaticString] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months: [StaticString] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    private var second = Int.min
    private var line: [UInt8] = []

    /// `Date: …` with its CRLF, for the present time.
    mutating func current() -> [UInt8] {
        var time = timespec()
        // The coarse clock is a read of shared memory; a date needs no more than its tick.
        clock_gettime(CLOCK_REALTIME_COARSE, &time)
        if time.tv_sec != second {
            second = time.tv_sec
            line = Self.format(secondsSinceEpoch: second)
        }
        return line
    }

    /// The line for a moment at or after 1970.
    static func format(secondsSinceEpoch seconds: Int) -> [UInt8] {
        let (days, rest) = max(seconds, 0).quotientAndRemainder(dividingBy: 86_400)
        let (year, month, day) = civil(daysSinceEpoch: days)
        var buffer = OutboundBuffer()
        buffer.append("Date: ")
        buffer.append(weekdays[days % 7])
        buffer.append(", ")
        appendPair(day, to: &buffer)
        buffer.append(" ")
        buffer.append(months[month - 1])
        buffer.append(" ")
        buffer.append(decimal: year)
        buffer.append(" ")
        appendPair(rest / 3600, to: &buffer)
        buffer.append(":")
        appendPair(rest / 60 % 60, to: &buffer)
        buffer.append(":")
        appendPair(rest % 60, to: &buffer)
        buffer.append(" GMT\r\n")
        return buffer.storage
    }

    private static func appendPair(_ value: Int, to buffer: inout OutboundBuffer) {
        if value < 10 { buffer.append("0") }
        buffer.append(decimal: value)
    }

    /// Year, month and day of the Gregorian calendar, by counting in 400-year eras that begin on 1 March.
    private static func civil(daysSinceEpoch days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let (era, dayOfEra) = shifted.quotientAndRemainder(dividingBy: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }
}
