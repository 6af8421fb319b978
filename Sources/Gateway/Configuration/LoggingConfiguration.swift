/// What lip writes about itself (`logging`).
package struct LoggingConfiguration: Sendable, Hashable {
    /// The least severe entries that are written.
    package enum Level: String, Sendable, CaseIterable, Comparable {
        case debug, info, warn, error

        package static func < (left: Self, right: Self) -> Bool {
            left.severity < right.severity
        }

        private var severity: Int {
            switch self {
            case .debug: 0
            case .info: 1
            case .warn: 2
            case .error: 3
            }
        }
    }

    /// How an entry is written.
    package enum Format: String, Sendable, CaseIterable {
        case json, text
    }

    package var level = Level.info
    package var format = Format.json
    /// Whether each finished request is logged (`access_log`).
    package var logsAccess = false

    package init() {}
}
