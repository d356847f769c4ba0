import Sodium
import Testing
import VaultModel

@testable import Sealing

@Suite("Parameters of slots")
struct SlotParametersTests {
    private static let salt = [UInt8](repeating: 7, count: 16)
    private static let samples: [SlotParameters] = [
        .keyFile, .recoveryCode, .shares(set: ShareSetID(), threshold: 2, count: 32),
        .passphrase(cost: Argon2id.moderate, salt: salt), .credential(name: "signet-root_1.key"),
        .exec(digest: [UInt8](repeating: 9, count: 32)),
    ]

    init() throws { try startSodium() }

    private func isUnsound(_ kind: SlotKind, _ encoded: [UInt8]) -> Bool {
        failure { _ = try SlotParameters(kind: kind, encoded: encoded) }
            == .slotUnsound(kind: kind)
    }

    @Test("Every kind's parameters are read as they were written, and as no other kind's")
    func roundTrip() throws {
        #expect(Set(Self.samples.map(\.kind)) == Set(SlotKind.allCases))
        for sample in Self.samples {
            #expect(try SlotParameters(kind: sample.kind, encoded: sample.encoded) == sample)
            for kind in SlotKind.allCases where kind != sample.kind {
                let isEmpty = sample.encoded.isEmpty && [.keyFile, .recoveryCode].contains(kind)
                #expect(isUnsound(kind, sample.encoded) == !isEmpty, "\(sample) as \(kind)")
            }
        }
    }

    @Test("Parameters that are cut or longer by a byte are refused")
    func lengths() {
        for sample in Self.samples {
            for count in 0..<sample.encoded.count {
                #expect(isUnsound(sample.kind, Array(sample.encoded[..<count])))
            }
            #expect(isUnsound(sample.kind, sample.encoded + [0]))
        }
    }

    @Test("A cost outside its bounds is refused before anything is hashed")
    func costs() {
        func encoded(_ operations: Int64, _ memory: Int64, salt: [UInt8] = Self.salt) -> [UInt8] {
            AssociatedData([.number(operations), .number(memory), .bytes(salt)]).bytes
        }
        let (floor, ceiling) = (67_108_864 as Int64, 1_073_741_824 as Int64)
        for (operations, memory, isSound) in [
            (2, floor, true), (8, ceiling, true), (1, floor, false), (9, ceiling, false),
            (0, floor, false), (-1, floor, false), (3, floor - 1, false), (3, ceiling + 1, false),
            (3, -1, false), (.max, .max, false), (.min, .min, false),
        ] as [(Int64, Int64, Bool)] {
            #expect(isUnsound(.passphrase, encoded(operations, memory)) == !isSound)
        }
        #expect(isUnsound(.passphrase, encoded(3, floor, salt: Array(Self.salt.dropLast()))))
    }

    @Test("Numbers of shares outside their bounds are refused")
    func shareNumbers() {
        for (threshold, count, isSound) in [
            (2, 2, true), (2, 32, true), (32, 32, true), (1, 3, false), (3, 2, false),
            (2, 33, false), (0, 0, false), (-2, 5, false),
        ] as [(Int64, Int64, Bool)] {
            let encoded = AssociatedData([
                .bytes([1, 2, 3, 4]), .number(threshold), .number(count),
            ])
            #expect(isUnsound(.shares, encoded.bytes) == !isSound)
        }
    }

    @Test(
        "A credential's name cannot lead out of its folder",
        arguments: [
            "", ".", "..", "../x", "a/b", "a b", "a\u{0}", "é", String(repeating: "a", count: 129),
        ])
    func names(name: String) {
        #expect(!SystemdCredential.isName(name))
        #expect(isUnsound(.credential, AssociatedData([.text(name)]).bytes))
    }

    @Test("Changed parameters change the check value, and the slot does not open")
    func bound() throws {
        let vault = VaultID()
        let ring = try KeyRing(creating: vault)
        let made = try RecoveryShares.create(threshold: 2, count: 3)
        let slot = try ring.wrapRoot(for: made.key)
        let cheaper = SlotParameters.shares(set: made.shares[0].set, threshold: 2, count: 2)
        let changed = RootKeySlot(
            id: slot.id, parameters: cheaper, check: slot.check, wrapped: slot.wrapped,
            wrappedKey: slot.wrappedKey)
        let key = try RecoveryShares.combine(Array(made.shares[..<2]), slot: changed)
        #expect(failure { _ = try KeyRing(unsealing: vault, slot: changed, key: key) } == .wrongKey)
        #expect(failure { _ = try ring.slotKey(of: changed) }?.isNotAuthentic == true)
    }
}
