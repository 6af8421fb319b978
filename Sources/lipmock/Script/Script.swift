/// The rules in force, the first that claims a request serving it; without one, the model's name decides.
struct Script {
    private(set) var rules: [Rule] = []
    /// Whether any rule must be tried before the body is there.
    private var hasEarlyRules = false

    init() {}

    init(rules: [Rule]) {
        self.rules = rules
        hasEarlyRules = rules.contains { $0.behaviour.answersBeforeBody }
    }

    var isEmpty: Bool { rules.isEmpty }

    /// The behaviour of a rule that answers before the body, for a request of which only the head is there.
    mutating func claimEarly(_ request: ReceivedRequest) -> (rule: String, behaviour: Behaviour)? {
        guard hasEarlyRules else { return nil }
        return claim(request, model: nil, stream: false) { $0.behaviour.answersBeforeBody }
    }

    /// The behaviour for a whole request, if a rule claims it.
    mutating func claim(
        _ request: ReceivedRequest, model: String?, stream: Bool
    ) -> (rule: String, behaviour: Behaviour)? {
        claim(request, model: model, stream: stream) { !$0.behaviour.answersBeforeBody }
    }

    private mutating func claim(
        _ request: ReceivedRequest, model: String?, stream: Bool, where eligible: (Rule) -> Bool
    ) -> (rule: String, behaviour: Behaviour)? {
        for index in rules.indices where eligible(rules[index]) {
            if rules[index].claims(request, model: model, stream: stream) {
                return (rules[index].name, rules[index].behaviour)
            }
        }
        return nil
    }
}
