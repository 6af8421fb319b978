import Routing

/// Parses a selector; what is accepted is well formed and means the same in its canonical text, what is refused is so at
/// a place inside the text.
func fuzzSelector(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let text = String(decoding: UnsafeBufferPointer(start: data, count: count), as: UTF8.self)
    let selector: Selector
    do throws(SelectorError) {
        selector = try Selector.parse(text)
    } catch {
        precondition(!error.detail.isEmpty, "a refusal is silent")
        precondition((1...text.unicodeScalars.count + 1).contains(error.column), "a refusal is outside of the text")
        return 0
    }
    checkForm(selector)
    let canonical = selector.canonicalText
    do throws(SelectorError) {
        let again = try Selector.parse(canonical)
        precondition(again == selector, "the canonical text means something else")
        precondition(again.canonicalText.utf8.elementsEqual(canonical.utf8), "the canonical text is not its own")
    } catch {
        preconditionFailure("the canonical text is refused: \(error.detail)")
    }
    checkKept(selector)
    return 0
}

private func checkForm(_ selector: Selector) {
    precondition(!selector.arms.isEmpty, "a selector without an arm")
    for arm in selector.arms {
        switch arm.kind {
        case .single: precondition(arm.legs.count == 1, "a single arm of several legs")
        case .weighted:
            precondition(!arm.legs.isEmpty, "a weighted arm without a leg")
            precondition(arm.legs.count(where: \.first) <= 1, "several first legs")
        case .race: precondition((2...Selector.raceLegsMax).contains(arm.legs.count), "a race that is none")
        }
        for leaf in arm.legs {
            precondition(!leaf.model.isEmpty && leaf.backend != "", "a leg without a name")
            precondition(leaf.weight > 0, "a leg without weight")
            precondition(arm.kind == .race || leaf.handicap == nil, "a head start outside of a race")
            precondition(leaf.parameters.allSatisfy { !$0.values.isEmpty }, "a parameter without a value")
            let filled = leaf.filled(withBackend: "b")
            precondition(filled.backend == leaf.backend ?? "b", "a leg's backend was replaced")
            precondition(filled.parameters == leaf.parameters, "filling changed a leg")
        }
    }
}

/// Leaving legs out leaves the others, in their order.
private func checkKept(_ selector: Selector) {
    precondition(selector.keeping { _ in true } == selector, "keeping everything changed something")
    precondition(selector.keeping { _ in false } == nil, "keeping nothing kept something")
    var place = 0
    let kept = selector.keeping { _ in
        place += 1
        return place % 2 == 1
    }
    guard let kept else { preconditionFailure("the first leg got lost") }
    let expected = selector.leaves.enumerated().filter { $0.offset % 2 == 0 }.map(\.element.key)
    precondition(kept.leaves.map(\.key) == expected, "other legs were kept")
    checkForm(kept)
}
