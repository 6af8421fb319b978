/// The version of lip, as `--version`, the build-info metric and the user agent state it.
package enum Version {
    package static let text = "0.1.0"
}
