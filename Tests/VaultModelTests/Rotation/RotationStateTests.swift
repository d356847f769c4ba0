import Testing
import VaultModel

@Suite("The states of a rotation")
struct RotationStateTests {
    /// Every arrow there is; whatever is not here must not happen.
    static let arrows: [(RotationState, RotationEvent, RotationState)] = [
        (.created, .attemptSet, .setAttempted), (.created, .finishSet, .set),
        (.created, .abort, .aborted), (.setAttempted, .attemptSet, .setAttempted),
        (.undecided, .attemptSet, .setAttempted),
        (.setAttempted, .finishSet, .set), (.setAttempted, .setAgain, .created),
        (.setAttempted, .prove, .tested), (.setAttempted, .reject, .failed),
        (.setAttempted, .hold, .undecided), (.setAttempted, .abort, .aborted),
        (.set, .prove, .tested), (.set, .reject, .failed), (.set, .hold, .undecided),
        (.set, .abort, .aborted),
        (.tested, .promote, .grace), (.tested, .abort, .aborted),
        (.undecided, .prove, .tested), (.undecided, .reject, .failed),
        (.undecided, .hold, .undecided), (.undecided, .abort, .aborted),
        (.grace, .retire, .retired), (.grace, .rollBack, .rolledBack),
    ]

    @Test("Each state takes exactly the events that are drawn", arguments: RotationState.allCases)
    func arrows(_ state: RotationState) {
        for event in RotationEvent.allCases {
            let drawn = Self.arrows.first { $0.0 == state && $0.1 == event }?.2
            #expect(state.after(event) == drawn, "\(state) after \(event)")
        }
    }

    @Test("From each unfinished state every end can be reached")
    func everyEnd() {
        for state in RotationState.allCases where state.isUnfinished {
            var reached: Set<RotationState> = [state]
            while true {
                let next = reached.union(
                    reached.flatMap { state in RotationEvent.allCases.compactMap(state.after) })
                if next == reached { break }
                reached = next
            }
            #expect(reached.isSuperset(of: [.retired, .rolledBack, .aborted]), "\(state)")
            #expect(state == .tested || reached.contains(.failed), "\(state)")
        }
    }

    @Test("What is over stays as it is")
    func over() {
        let over = RotationState.allCases.filter(\.isOver)
        #expect(over == [.retired, .failed, .aborted, .rolledBack])
        for state in over {
            #expect(RotationEvent.allCases.allSatisfy { state.after($0) == nil })
            #expect(!state.isUnfinished)
        }
        #expect(!RotationState.grace.isUnfinished && !RotationState.grace.isOver)
    }

    // MARK: Judgement

    static let answers: [LoginAnswer?] = [nil] + LoginAnswer.allCases

    private func judgement(
        touched: Bool, known: Bool = false, interrupted: Bool = false, uncertain: Bool = false
    ) -> RotationJudgement {
        RotationJudgement(
            isProviderTouched: touched, isSetKnown: known, isInterrupted: interrupted,
            isOverwriteUncertain: uncertain)
    }

    @Test("A new value that is taken is proven, whatever else is known")
    func proven() {
        for touched in [false, true] {
            for old in Self.answers {
                var judgement = judgement(touched: touched)
                judgement.new = .accepted
                judgement.old = old
                #expect(judgement.next == .decided(.prove))
            }
        }
    }

    @Test("A value that a hook may have set is given up only if the old one is taken")
    func givenUp() {
        for uncertain in [false, true] {
            for new in LoginAnswer.allCases {
                for old in LoginAnswer.allCases {
                    var judgement = judgement(touched: true, uncertain: uncertain)
                    judgement.new = new
                    judgement.old = old
                    let expected: RotationEvent =
                        switch (new, old) {
                        case (.accepted, _): .prove
                        case (.refused, .accepted): .reject
                        default: .hold
                        }
                    #expect(judgement.next == .decided(expected), "\(new) \(old)")
                }
            }
        }
    }

    @Test("Without a hook, whoever typed the value has it still, and it is given up")
    func typed() {
        for new in [LoginAnswer.refused, .unknown] {
            var judgement = judgement(touched: false)
            judgement.new = new
            #expect(judgement.next == .decided(.reject))
        }
    }

    @Test("With nobody to ask, the word of a person or of the hook is taken, and no other")
    func unasked() {
        for interrupted in [false, true] {
            for (touched, known) in [(false, false), (true, true)] {
                var judgement = judgement(
                    touched: touched, known: known, interrupted: interrupted)
                judgement.new = .unasked
                #expect(judgement.next == .decided(.prove))
            }
            var judgement = judgement(touched: true, interrupted: interrupted)
            judgement.new = .unasked
            #expect(judgement.next == .decided(interrupted ? .attemptSet : .hold))
        }
    }

    @Test("Nothing is asked twice, and every judgement ends")
    func ends() {
        for touched in [false, true] {
            for uncertain in [false, true] {
                for new in LoginAnswer.allCases {
                    for old in LoginAnswer.allCases {
                        var judgement = judgement(touched: touched, uncertain: uncertain)
                        var asked: [RotationJudgement.Step] = []
                        while true {
                            let step = judgement.next
                            #expect(!asked.contains(step))
                            asked.append(step)
                            switch step {
                            case .askNew: judgement.new = new
                            case .askOld: judgement.old = old
                            case .decided: break
                            }
                            if case .decided = step { break }
                        }
                        #expect(asked.count <= 3)
                    }
                }
            }
        }
    }

    @Test("Where the new value replaces the old one at once, the old one is asked first")
    func overwriting() {
        var judgement = judgement(touched: true, uncertain: true)
        #expect(judgement.next == .askOld)
        judgement.old = .accepted
        #expect(judgement.next == .decided(.setAgain))
        judgement.old = .refused
        #expect(judgement.next == .askNew)
        judgement.old = .unknown
        #expect(judgement.next == .askNew)
    }

    @Test("One refusal is a refusal of all, and one silence leaves it open")
    func together() {
        let all = LoginAnswer.allCases
        for one in all {
            #expect(one.and(.unasked) == one)
            #expect(one.and(.accepted) == (one == .unasked ? .accepted : one))
            for other in all { #expect(one.and(other) == other.and(one)) }
        }
        #expect(LoginAnswer.refused.and(.unknown) == .refused)
    }
}
