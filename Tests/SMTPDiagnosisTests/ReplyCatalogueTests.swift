import SMTPCore
import Testing

@testable import SMTPDiagnosis

@Suite("The catalogue of replies")
struct ReplyCatalogueTests {
    @Test("An entry's own example leads to it", arguments: ReplyCatalogue.entries.map(\.id))
    func reachable(_ id: String) throws {
        let entry = try #require(ReplyCatalogue.entries.first { $0.id == id })
        let failure = entry.example.failure
        if case .reply = entry.example.form { #expect(failure.reply != nil) }
        #expect(Diagnosis.advice(for: failure, context: entry.example.context).id == id)
    }

    @Test("Names are unique, words joined by hyphens")
    func names() {
        let ids =
            ReplyCatalogue.entries.map(\.id) + Symptom.allCases.map(\.rawValue)
            + SMTPFailureClass.allCases.map { ReplyCatalogue.fallback(for: $0).id }
        #expect(Set(ids).count == ids.count)
        for id in ids {
            let isPlain = id.utf8.allSatisfy {
                (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D
            }
            #expect(isPlain && !id.hasPrefix("-") && !id.hasSuffix("-"), "\(id)")
        }
    }

    @Test("The table is complete: its sections hold every entry, in number more than 45")
    func count() {
        #expect(ReplyCatalogue.sections.flatMap(\.entries).count == ReplyCatalogue.entries.count)
        #expect(ReplyCatalogue.entries.count >= 45)
    }

    @Test("The entry that says more comes first, and equals keep their order")
    func order() {
        let weights = ReplyCatalogue.entries.map(\.pattern.weight)
        #expect(weights == weights.sorted(by: >))
        let order = ReplyCatalogue.sections.flatMap(\.entries).map(\.id)
        for (one, other) in zip(ReplyCatalogue.entries, ReplyCatalogue.entries.dropFirst())
        where one.pattern.weight == other.pattern.weight {
            let places = [one, other].compactMap { order.firstIndex(of: $0.id) }
            #expect(places == places.sorted(), "\(one.id) \(other.id)")
        }
    }

    @Test("Cause and action are one plain sentence each, without a full stop")
    func wording() {
        let advice =
            ReplyCatalogue.entries.map(\.advice) + Symptom.allCases.map(\.advice)
            + SMTPFailureClass.allCases.map { ReplyCatalogue.fallback(for: $0) }
        for item in advice {
            for text in [item.cause, item.action] {
                #expect(text.count > 8 && text.count < 200, "\(item.id): \(text)")
                #expect(!text.hasSuffix(".") && !text.contains("  "), "\(item.id): \(text)")
            }
        }
    }

    @Test("Fragments are in lower case, and enhanced codes have three numbers")
    func patterns() {
        for entry in ReplyCatalogue.entries {
            for fragment in entry.pattern.texts.joined() {
                #expect(fragment == fragment.lowercased() && !fragment.isEmpty, "\(entry.id)")
            }
            for code in entry.pattern.enhanced {
                #expect(code.split(separator: ".").count == 3, "\(entry.id)")
            }
        }
    }
}
