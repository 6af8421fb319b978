/// One line of `model_aliases`: where the pattern matches a selector's text, the replacement stands instead.
package struct ModelAliasRule: Sendable, Equatable {
    /// A regular expression in RE2's syntax; it matches anywhere unless `^` and `$` bind it.
    package let pattern: String
    /// A selector, in which `$1`, `${1}` and `${name}` stand for the pattern's groups.
    package let replacement: String

    package init(pattern: String, replacement: String) {
        self.pattern = pattern
        self.replacement = replacement
    }
}
