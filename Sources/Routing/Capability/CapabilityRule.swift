/// What a configuration says of capabilities: all that there are, or what is otherwise than known.
package struct CapabilityRule: Sendable, Hashable {
    /// All that there are, whatever else is known; nil where the rule only corrects.
    private var all: Capabilities?
    /// What there is, though it is not known.
    private var has: Capabilities = []
    /// What there is not, though it is assumed.
    private var lacks: Capabilities = []

    private init() {}

    /// These and no others.
    package static func exactly(_ capabilities: Capabilities) -> CapabilityRule {
        var rule = CapabilityRule()
        rule.all = capabilities
        return rule
    }

    /// What is known otherwise, with these corrections; what stands in both is there.
    package static func correcting(has: Capabilities = [], lacks: Capabilities = []) -> CapabilityRule {
        var rule = CapabilityRule()
        (rule.has, rule.lacks) = (has, lacks)
        return rule
    }

    /// Whether it says that this is there; nil where it says nothing of it.
    func says(_ capability: Capabilities) -> Bool? {
        if let all { return all.isSuperset(of: capability) }
        if has.isSuperset(of: capability) { return true }
        return lacks.isDisjoint(with: capability) ? nil : false
    }

    /// The capabilities, where without the rule there would be `known`.
    package func applied(to known: Capabilities) -> Capabilities {
        all ?? known.subtracting(lacks).union(has)
    }
}
