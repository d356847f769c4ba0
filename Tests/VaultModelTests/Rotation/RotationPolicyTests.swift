import Testing
import VaultModel

@Suite("What a policy of rotation may say")
struct RotationPolicyTests {
    private func isValid(_ change: (inout RotationPolicy) throws -> Void) throws -> Bool {
        var policy = RotationPolicy()
        try change(&policy)
        do {
            try policy.validate()
            return true
        } catch {
            return false
        }
    }

    @Test("Every number has its bounds")
    func bounds() throws {
        let fields: [(WritableKeyPath<RotationPolicy, Int64?>, ClosedRange<Int64>)] = [
            (\.everySeconds, VaultLimits.rotateEverySeconds),
            (\.beforeExpirySeconds, VaultLimits.rotateBeforeExpirySeconds),
            (\.hookSeconds, VaultLimits.hookSeconds), (\.graceSeconds, VaultLimits.graceSeconds),
        ]
        for (field, range) in fields {
            for (value, isFine) in [
                (range.lowerBound, true), (range.upperBound, true),
                (range.lowerBound - 1, false), (range.upperBound + 1, false),
            ] {
                #expect(try isValid { $0[keyPath: field] = value } == isFine)
            }
        }
    }

    @Test("Two accounts take turns, and only where they do")
    func users() throws {
        #expect(try isValid { $0.strategy = .alternating } == false)
        #expect(
            try isValid {
                $0.strategy = .alternating
                $0.users = ["a", "b"]
            })
        for users in [["a"], ["a", "a"], ["a", "b", "c"], ["a", ""], ["a", "b\u{7}"]] {
            #expect(
                try isValid {
                    $0.strategy = .alternating
                    $0.users = users
                } == false)
        }
        #expect(try isValid { $0.users = ["a", "b"] } == false)
        var policy = RotationPolicy()
        policy.users = ["a", "b"]
        #expect(policy.turn(after: "a") == "b")
        #expect(policy.turn(after: "b") == "a")
        #expect(policy.turn(after: nil) == "a")
        #expect(RotationPolicy().turn(after: "a") == nil)
    }

    @Test("A value is due by its age, before its expiry, or at its expiry: whichever comes first")
    func due() {
        let rotated = Timestamp(milliseconds: 1_000_000_000)
        let end = rotated.adding(seconds: 100_000)
        var policy = RotationPolicy()
        #expect(policy.due(rotated: rotated, expires: nil) == nil)
        #expect(policy.due(rotated: rotated, expires: end) == end)
        policy.beforeExpirySeconds = 1000
        #expect(policy.due(rotated: rotated, expires: nil) == nil)
        #expect(policy.due(rotated: rotated, expires: end) == end.adding(seconds: -1000))
        policy.everySeconds = 5000
        #expect(policy.due(rotated: rotated, expires: end) == rotated.adding(seconds: 5000))
        #expect(policy.due(rotated: rotated, expires: nil) == rotated.adding(seconds: 5000))
    }

    @Test("What is taken back is decided no more")
    func unset() throws {
        var change = PolicyChange()
        change.everySeconds = 7200
        change.length = 40
        change.alphabet = "abcdefghijkl"
        change.strategy = .alternating
        change.users = ["a", "b"]
        change.graceSeconds = 0
        change.autoRollback = true
        change.hook = try HookCommand(arguments: ["/bin/true"])
        change.hookSeconds = 5
        change.beforeExpirySeconds = 3
        var policy = RotationPolicy()
        try change.apply(to: &policy)
        #expect(policy.generator == GeneratorSettings(length: 40, alphabet: "abcdefghijkl"))
        var back = PolicyChange()
        back.unset = PolicyChange.Field.allCases
        try back.apply(to: &policy)
        #expect(policy.isEmpty)
    }

    @Test("A change that makes an impossible policy changes nothing")
    func impossible() throws {
        var policy = RotationPolicy()
        policy.everySeconds = 7200
        let before = policy
        var change = PolicyChange()
        change.strategy = .derive
        change.hook = try HookCommand(arguments: ["/bin/true"])
        #expect(throws: ModelError.self) { try change.apply(to: &policy) }
        #expect(policy == before)
    }

    @Test("A secret is taken to be overwritten unless every provider is known to keep two")
    func standardStrategy() {
        #expect(RotationStrategy.standard(for: []) == .single)
        #expect(RotationStrategy.standard(for: [nil]) == .single)
        #expect(RotationStrategy.standard(for: [.ses, .gmail]) == .multi)
        #expect(RotationStrategy.standard(for: [.ses, nil]) == .single)
        #expect(RotationStrategy.standard(for: [.ses, .office365]) == .single)
    }

    @Test("The regions of Amazon SES are known by name")
    func regions() throws {
        #expect(Set(SESRegion.names).count == SESRegion.names.count)
        #expect(try SESRegion("eu-west-1").host == "email-smtp.eu-west-1.amazonaws.com")
        for name in SESRegion.names {
            #expect(ProviderPreset.recognised(by: try SESRegion(name).host) == .ses)
        }
        #expect(throws: ModelError.self) { try SESRegion("eu-west-9") }
        #expect(throws: ModelError.self) { try SESRegion("") }
    }

    // MARK: Generator

    @Test("A generator has bounds for length and alphabet")
    func generator() throws {
        let lengths = GeneratorSettings.lengths
        for (length, isFine) in [
            (lengths.lowerBound, true), (lengths.upperBound, true),
            (lengths.lowerBound - 1, false), (lengths.upperBound + 1, false),
        ] {
            let settings = GeneratorSettings(length: length)
            #expect(((try? settings.checked()) != nil) == isFine)
        }
        for alphabet in ["abc", "abcdefghij klm", "abcdefghijklmé", "", "aaaaaaaaaaaaaa"] {
            #expect(throws: ModelError.self) {
                try GeneratorSettings(alphabet: alphabet).checked()
            }
        }
        let digits = try GeneratorSettings(alphabet: "01234567899999").checked()
        #expect(digits.characters == Array("0123456789".utf8))
        let filled = GeneratorSettings(length: 9).filled(
            from: GeneratorSettings(length: 8, alphabet: "abcdefghijk"))
        #expect(filled == GeneratorSettings(length: 9, alphabet: "abcdefghijk"))
    }
}
