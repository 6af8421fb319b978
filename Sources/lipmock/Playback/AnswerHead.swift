/// The head of an answer, in which the script's fields replace those of the same name.
struct AnswerHead {
    private var bytes: [UInt8] = []
    private let scripted: [(name: String, value: String)]
    private var replaced: [String] = []

    /// - Parameter scripted: fields that the script adds.
    init(status: Int, scripted: [(name: String, value: String)]) {
        self.scripted = scripted
        bytes.append(contentsOf: "HTTP/1.1 ".utf8)
        bytes.append(contentsOf: String(status).utf8)
        bytes.append(contentsOf: Self.phrase(status).utf8)
    }

    /// Adds a field, with the script's value if it has one.
    mutating func add(_ name: String, _ value: String) {
        guard !scripted.isEmpty else {
            append(name, value)
            return
        }
        replaced.append(name)
        append(name, scripted.first { $0.name.lowercased() == name }?.value ?? value)
    }

    /// Appends the whole head, with the rest of the script's fields and the empty line.
    mutating func finish(into out: inout [UInt8]) {
        for (name, value) in scripted where !replaced.contains(name.lowercased()) { append(name, value) }
        bytes.append(contentsOf: "\r\n".utf8)
        out.append(contentsOf: bytes)
    }

    private mutating func append(_ name: String, _ value: String) {
        bytes.append(contentsOf: name.utf8)
        bytes.append(contentsOf: ": ".utf8)
        bytes.append(contentsOf: value.utf8)
        bytes.append(contentsOf: "\r\n".utf8)
    }

    private static func phrase(_ status: Int) -> String {
        switch status {
        case 200: " OK\r\n"
        case 400: " Bad Request\r\n"
        case 401: " Unauthorized\r\n"
        case 404: " Not Found\r\n"
        case 429: " Too Many Requests\r\n"
        case 500: " Internal Server Error\r\n"
        case 503: " Service Unavailable\r\n"
        default: " Status\r\n"
        }
    }
}
