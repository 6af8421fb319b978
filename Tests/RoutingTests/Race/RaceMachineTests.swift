import Routing
import Testing

@Suite struct RaceMachineTests {
    private func race(_ handicaps: Int...) -> RaceMachine {
        RaceMachine(handicaps: handicaps.map { .seconds($0) })
    }

    @Test("legs without handicap start together, in written order")
    func together() {
        var race = race(0, 0, 0)
        #expect(race.began() == [.start(0), .start(1), .start(2)])
    }

    @Test("the largest handicap starts at once, the others as much later as theirs is smaller")
    func handicaps() {
        var race = race(10, 5, 0)
        #expect(
            race.began() == [.start(0), .scheduleStart(1, after: .seconds(5)), .scheduleStart(2, after: .seconds(10))])
        #expect(race.delayPassed(1) == [.start(1)])
        #expect(race.delayPassed(2) == [.start(2)])
        #expect(race.delayPassed(2) == [])
        var written = self.race(0, 10, 0)
        #expect(
            written.began() == [
                .start(1), .scheduleStart(0, after: .seconds(10)), .scheduleStart(2, after: .seconds(10)),
            ])
        var equal = self.race(7, 7)
        #expect(equal.began() == [.start(0), .start(1)])
    }

    @Test("the first leg with output wins and every other one that runs is cancelled with it")
    func win() {
        var race = race(0, 0, 0)
        _ = race.began()
        #expect(race.legFailed(0) == [])
        #expect(race.legWon(1) == [.win(1), .cancelOthers([2])])
        // What the losers say afterwards, in the same turn or later, changes nothing.
        #expect(race.legWon(2) == [])
        #expect(race.legFailed(2) == [])
        #expect(race.cancelled() == [])
    }

    @Test("a leg whose delay passes after the win does not start")
    func noStartAfterWin() {
        var race = race(10, 0)
        #expect(race.began() == [.start(0), .scheduleStart(1, after: .seconds(10))])
        #expect(race.legWon(0) == [.win(0)])
        #expect(race.delayPassed(1) == [])
    }

    @Test("a leg with a head start that fails lets all that wait start at once, in the order of their turns")
    func fastForward() {
        var race = race(0, 10, 5)
        _ = race.began()
        #expect(race.legFailed(1) == [.start(2), .start(0)])
        #expect(race.delayPassed(0) == [])
        #expect(race.delayPassed(2) == [])
        #expect(race.legWon(0) == [.win(0), .cancelOthers([2])])
    }

    @Test("the race is lost with its last leg, and not before")
    func lost() {
        var race = race(10, 0, 0)
        _ = race.began()
        #expect(race.legFailed(0) == [.start(1), .start(2)])
        #expect(race.legFailed(2) == [])
        #expect(race.legFailed(1) == [.failed])
        #expect(race.legFailed(1) == [])
        var alone = self.race(3)
        #expect(alone.began() == [.start(0)])
        #expect(alone.legFailed(0) == [.failed])
    }

    @Test("a request that is called off cancels what runs and starts nothing more")
    func cancelled() {
        var race = race(10, 10, 0)
        _ = race.began()
        #expect(race.cancelled() == [.cancelOthers([0, 1])])
        #expect(race.delayPassed(2) == [])
        #expect(race.legWon(0) == [])
    }

    @Test("whatever happens, a leg starts at most once, at most one wins, and each that ran is told its end once")
    func anyOrder() {
        var random = SplitMix64(state: 3)
        for _ in 0..<3000 {
            let width = Int.random(in: 1...16, using: &random)
            let handicaps = (0..<width).map { _ in Duration.seconds(Int.random(in: 0...3, using: &random)) }
            var machine = RaceMachine(handicaps: handicaps)
            var waiting = Set(0..<width)
            var running: Set<Int> = []
            var scheduled: Set<Int> = []
            var ends = 0
            func carryOut(_ actions: [RaceMachine.Action]) {
                for action in actions {
                    switch action {
                    case .start(let leg):
                        #expect(ends == 0)
                        #expect(waiting.remove(leg) != nil)
                        running.insert(leg)
                    case .scheduleStart(let leg, let delay):
                        #expect(delay == (handicaps.max() ?? .zero) - handicaps[leg])
                        #expect(scheduled.insert(leg).inserted)
                    case .win(let leg):
                        #expect(running.remove(leg) != nil)
                        ends += 1
                    case .cancelOthers(let legs):
                        #expect(Set(legs) == running)
                        running.removeAll()
                    case .failed:
                        #expect(running.isEmpty && waiting.isEmpty)
                        ends += 1
                    }
                }
            }
            carryOut(machine.began())
            while ends == 0 {
                let leg = Int.random(in: 0..<width, using: &random)
                if running.contains(leg) {
                    let wins = Int.random(in: 0..<8, using: &random) == 0
                    if !wins { running.remove(leg) }
                    carryOut(wins ? machine.legWon(leg) : machine.legFailed(leg))
                } else if scheduled.contains(leg) {
                    carryOut(machine.delayPassed(leg))
                }
            }
            #expect(ends == 1)
            #expect(running.isEmpty)
        }
    }
}
