/// Renders metrics in Prometheus' text exposition format, version 0.0.4.
struct PrometheusText {
    private(set) var bytes: [UInt8] = []

    init() {
        bytes.reserveCapacity(16_384)
    }

    /// One metric family's `HELP` and `TYPE` lines.
    mutating func family(_ name: String, _ type: String, _ help: String) {
        bytes.append(contentsOf: "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n".utf8)
    }

    mutating func sample(_ name: String, _ labels: [(String, String)] = [], count: UInt64) {
        sample(name, labels, text: String(count))
    }

    mutating func sample(_ name: String, _ labels: [(String, String)] = [], level: Int64) {
        sample(name, labels, text: String(level))
    }

    mutating func sample(_ name: String, _ labels: [(String, String)] = [], number: Double) {
        sample(name, labels, text: Self.text(of: number))
    }

    /// A histogram's cumulative buckets, sum and count, in seconds.
    mutating func histogram(_ name: String, _ labels: [(String, String)], _ histogram: Histogram) {
        var cumulative: UInt64 = 0
        for (bound, count) in zip(Histogram.boundsNanoseconds, histogram.counts) {
            cumulative += count
            sample("\(name)_bucket", labels + [("le", Self.text(of: Double(bound) / 1e9))], count: cumulative)
        }
        sample("\(name)_bucket", labels + [("le", "+Inf")], count: histogram.count)
        sample("\(name)_sum", labels, number: Double(histogram.sumMicroseconds) / 1e6)
        sample("\(name)_count", labels, count: histogram.count)
    }

    private mutating func sample(_ name: String, _ labels: [(String, String)], text: String) {
        bytes.append(contentsOf: name.utf8)
        if !labels.isEmpty {
            bytes.append(UInt8(ascii: "{"))
            for (index, (key, value)) in labels.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                bytes.append(contentsOf: "\(key)=\"".utf8)
                for byte in value.utf8 { appendEscaped(byte) }
                bytes.append(UInt8(ascii: "\""))
            }
            bytes.append(UInt8(ascii: "}"))
        }
        bytes.append(UInt8(ascii: " "))
        bytes.append(contentsOf: text.utf8)
        bytes.append(UInt8(ascii: "\n"))
    }

    private mutating func appendEscaped(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\\"): bytes.append(contentsOf: #"\\"#.utf8)
        case UInt8(ascii: "\""): bytes.append(contentsOf: #"\""#.utf8)
        case UInt8(ascii: "\n"): bytes.append(contentsOf: #"\n"#.utf8)
        default: bytes.append(byte)
        }
    }

    private static func text(of value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : String(value)
    }
}
