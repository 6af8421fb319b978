/// Why a configuration's routes cannot be used.
package struct RouteSettingsError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The setting that is wrong, such as `routing.default_route` or `models.fast`.
    package let setting: String
    /// What is wrong with it.
    package let problem: String

    package var description: String { "\(setting): \(problem)" }
}
