import CRE2

/// The configured rewritings of selectors: an ordered list of which the first rule that matches is applied, once.
package struct ModelAliases: Sendable {
    /// A selector's text after the rules were looked at.
    package struct Rewriting: Sendable, Equatable {
        /// The trimmed text, rewritten where a rule matched.
        package let text: String
        /// The rule that matched, counted from 0.
        package let rule: Int?

        package init(text: String, rule: Int?) {
            self.text = text
            self.rule = rule
        }
    }

    fileprivate struct Rule: Sendable {
        let pattern: AliasPattern
        let template: AliasTemplate
    }

    private let rules: [Rule]

    /// No rules: every text stays as it is.
    package init() {
        rules = []
    }

    /// Compiles the rules; throws the first that cannot be used.
    package init(_ rules: [ModelAliasRule]) throws(ModelAliasError) {
        var compiled: [Rule] = []
        for (index, rule) in rules.enumerated() { compiled.append(try Self.compile(rule, index)) }
        self.rules = compiled
    }

    /// Every rule that cannot be used, each with its first problem.
    package static func problems(in rules: [ModelAliasRule]) -> [ModelAliasError] {
        rules.enumerated().compactMap { index, rule in
            do throws(ModelAliasError) {
                _ = try compile(rule, index)
                return nil
            } catch {
                return error
            }
        }
    }

    package var count: Int { rules.count }

    /// Applies the first rule whose pattern matches anywhere in the trimmed text, at all of its matches.
    ///
    /// What is longer than a selector may be is not looked at, and a result is cut short once it is: parsing then
    /// refuses it for its length.
    package func rewrite(_ text: String) -> Rewriting {
        let source = SelectorText(text)
        let trimmed = source.trimmed(source.all)
        let bytes = Array(source.bytes[trimmed])
        if bytes.count <= Selector.textBytesMax {
            for (index, rule) in rules.enumerated() {
                if let rewritten = rule.replaceAll(in: bytes) {
                    return Rewriting(text: String(decoding: rewritten, as: UTF8.self), rule: index)
                }
            }
        }
        return Rewriting(text: source.string(trimmed), rule: nil)
    }

    private static func compile(_ rule: ModelAliasRule, _ index: Int) throws(ModelAliasError) -> Rule {
        if isBlank(rule.pattern) { throw ModelAliasError(emptyIn: .pattern, ofRule: index) }
        if isBlank(rule.replacement) { throw ModelAliasError(emptyIn: .replacement, ofRule: index) }
        let pattern: AliasPattern
        do throws(AliasPattern.Problem) {
            pattern = try AliasPattern(rule.pattern)
        } catch {
            throw ModelAliasError(error.message, in: .pattern, ofRule: index)
        }
        // The template itself must be a selector, its references unexpanded, so that mistakes show at start-up.
        do throws(SelectorError) {
            _ = try Selector.parse(rule.replacement)
        } catch {
            throw ModelAliasError(error.description, in: .replacement, ofRule: index)
        }
        return Rule(pattern: pattern, template: AliasTemplate(rule.replacement, for: pattern))
    }

    private static func isBlank(_ text: String) -> Bool {
        let source = SelectorText(text)
        return source.trimmed(source.all).isEmpty
    }
}

extension ModelAliases.Rule {
    /// The text with every match replaced, or nil if there is none.
    fileprivate func replaceAll(in text: [UInt8]) -> [UInt8]? {
        var groups = [cre2_range](repeating: cre2_range(start: -1, end: -1), count: pattern.groupCount + 1)
        guard pattern.match(text, from: 0, groups: &groups) else { return nil }
        var result: [UInt8] = []
        var copied = 0
        var position = 0
        repeat {
            let (start, end) = (groups[0].start, groups[0].end)
            result += text[copied..<start]
            // An empty match right behind another match is none of its own.
            if end > copied || start == 0 { expand(groups, of: text, into: &result) }
            if result.count > Selector.textBytesMax { return result }
            copied = end
            position = end > position ? end : position + scalarLength(text, at: position)
        } while position <= text.count && pattern.match(text, from: position, groups: &groups)
        return result + text[copied...]
    }

    private func expand(_ groups: [cre2_range], of text: [UInt8], into result: inout [UInt8]) {
        for part in template.parts {
            switch part {
            case .text(let bytes): result += bytes
            case .group(let group) where groups[group].start >= 0:
                result += text[groups[group].start..<groups[group].end]
            case .group: break
            }
        }
    }

    /// The length in bytes of the character at an offset; 1 at the end, so that a search always moves on.
    private func scalarLength(_ text: [UInt8], at offset: Int) -> Int {
        var end = offset + 1
        while end < text.count, text[end] & 0xC0 == 0x80 { end += 1 }
        return end - offset
    }
}
