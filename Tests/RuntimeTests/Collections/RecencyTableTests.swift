import Runtime
import Testing

@Suite struct RecencyTableTests {
    private func at(_ seconds: Int) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: Int64(seconds) * 1_000_000_000)
    }

    @Test("what was unseen for longest makes room, and touching counts as seeing")
    func eviction() {
        var table = RecencyTable<String, Int>(countMax: 3)
        for (second, key) in ["a", "b", "c"].enumerated() {
            #expect(table.insert(second, for: key, at: at(second)) == nil)
        }
        table.touch("a", at: at(3))
        #expect(table.insert(9, for: "d", at: at(4))?.key == "b")
        #expect(table["b"] == nil)
        #expect(table["a"]?.value == 0)
        #expect(table["a"]?.seen == at(3))
        #expect(table.oldest?.key == "c")
        #expect(table.count == 3)
    }

    @Test("looking does not count as seeing")
    func looking() {
        var table = RecencyTable<String, Int>(countMax: 2)
        table.insert(1, for: "a", at: at(0))
        table.insert(2, for: "b", at: at(1))
        _ = table["a"]
        #expect(table.insert(3, for: "c", at: at(2))?.key == "a")
    }

    @Test("an entry of the same key is replaced, which evicts nothing")
    func replacing() {
        var table = RecencyTable<String, Int>(countMax: 2)
        table.insert(1, for: "a", at: at(0))
        table.insert(2, for: "b", at: at(1))
        #expect(table.insert(3, for: "a", at: at(2)) == nil)
        #expect(table["a"]?.value == 3)
        #expect(table.oldest?.key == "b")
        #expect(table.count == 2)
    }

    @Test("removing the oldest, the newest and the last leaves the order whole")
    func removing() {
        var table = RecencyTable<Int, Int>(countMax: 10)
        for key in 0..<5 { table.insert(key, for: key, at: at(key)) }
        #expect(table.remove(0)?.value == 0)
        #expect(table.remove(4)?.value == 4)
        #expect(table.remove(2)?.value == 2)
        #expect(table.remove(2) == nil)
        table.insert(6, for: 6, at: at(9))
        var order: [Int] = []
        while let oldest = table.oldest {
            order.append(oldest.key)
            table.remove(oldest.key)
        }
        #expect(order == [1, 3, 6])
        #expect(table.count == 0)
    }

    @Test("a touch of what is not there, and a search in vain, do nothing")
    func absent() {
        var table = RecencyTable<Int, Int>(countMax: 1)
        table.touch(1, at: at(0))
        #expect(table.oldest == nil)
        table.insert(5, for: 1, at: at(0))
        #expect(table.first { $0.value == 4 } == nil)
        #expect(table.first { $0.value == 5 }?.key == 1)
    }

    @Test("it agrees with a list that is kept in order, whatever happens")
    func model() {
        var random = XoshiroGenerator(seed: 11)
        var table = RecencyTable<Int, Int>(countMax: 8)
        var model: [(key: Int, value: Int)] = []
        for step in 0..<5_000 {
            let key = Int.random(in: 0..<16, using: &random)
            switch Int.random(in: 0..<3, using: &random) {
            case 0:
                let evicted = table.insert(step, for: key, at: at(step))
                model.removeAll { $0.key == key }
                let expected = model.count == 8 ? model.removeFirst().key : nil
                model.append((key, step))
                #expect(evicted?.key == expected)
            case 1:
                table.touch(key, at: at(step))
                if let index = model.firstIndex(where: { $0.key == key }) { model.append(model.remove(at: index)) }
            default:
                let removed = table.remove(key)
                let index = model.firstIndex { $0.key == key }
                #expect(removed?.value == index.map { model.remove(at: $0).value })
            }
            #expect(table.count == model.count)
            #expect(table.oldest?.key == model.first?.key)
        }
    }
}
