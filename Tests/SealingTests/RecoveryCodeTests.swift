import Sealing
import Sodium
import Testing
import VaultModel

@Suite("Recovery codes")
struct RecoveryCodeTests {
    /// A code that was made once, so that what its checksum catches does not depend on chance.
    private static let fixed = GoldenSealing.read()
    private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ")

    init() throws { try startSodium() }

    /// Whether a typed code opens the slot that the fixed code was made for.
    private func opens(_ typed: String) throws -> Bool {
        let golden = try #require(Self.fixed)
        let slot = try golden.recoverySlot.slot
        let key = try RecoveryCode.read(try secret(typed), slot: slot.id)
        _ = try KeyRing(unsealing: golden.vault, slot: slot, key: key)
        return true
    }

    @Test("A new code is nine groups of four letters and digits, another each time")
    func form() throws {
        let first = try newRecoveryCode().text
        let groups = first.split(separator: "-")
        #expect(groups.count == 9)
        #expect(groups.allSatisfy { $0.count == 4 && $0.allSatisfy(Self.alphabet.contains) })
        let second = try newRecoveryCode().text
        #expect(first != second)
    }

    @Test("A new code opens its slot when it is typed in again")
    func opensItsSlot() throws {
        let vault = VaultID()
        let ring = try KeyRing(creating: vault)
        let code = try newRecoveryCode()
        let slot = try ring.wrapRoot(for: code.key)
        let typed = try RecoveryCode.read(try secret(code.text), slot: slot.id)
        #expect(throws: Never.self) { try KeyRing(unsealing: vault, slot: slot, key: typed) }
    }

    @Test(
        "A code may be typed in any case, with any blanks and dashes, and with O, I and L",
        arguments: [
            { $0 }, { $0.lowercased() }, { $0.replacing("-", with: "") },
            { $0.replacing("-", with: " ") }, { "  " + $0 + "\n" }, { $0 + "\r\n" },
            { $0.replacing("-", with: "\t--\t") }, { $0.replacing("0", with: "O") },
            { $0.replacing("0", with: "o") }, { $0.replacing("1", with: "I") },
            { $0.replacing("1", with: "l") }, { $0.replacing("1", with: "L") },
        ] as [@Sendable (String) -> String])
    func typing(variant: @Sendable (String) -> String) throws {
        let code = try #require(Self.fixed).recoveryCode
        #expect(try opens(variant(code)))
    }

    @Test("A code with one character mistyped is told from a wrong code")
    func substitution() throws {
        let code = Array(try #require(Self.fixed).recoveryCode)
        for index in code.indices where code[index] != "-" {
            for other in Self.alphabet where other != code[index] {
                var typed = code
                typed[index] = other
                #expect(throws: SealingError.recoveryCodeMistyped, "\(index) \(other)") {
                    try opens(String(typed))
                }
            }
        }
    }

    @Test("A code with two neighbours exchanged is told from a wrong code")
    func transposition() throws {
        let code = Array(try #require(Self.fixed).recoveryCode).filter { $0 != "-" }
        for index in code.indices.dropLast() where code[index] != code[index + 1] {
            var typed = code
            typed.swapAt(index, index + 1)
            #expect(throws: SealingError.recoveryCodeMistyped, "\(index)") {
                try opens(String(typed))
            }
        }
    }

    @Test("A code of another length is refused")
    func length() throws {
        let code = try #require(Self.fixed).recoveryCode
        let plain = code.replacing("-", with: "")
        let others =
            (0..<plain.count).map { String(plain.prefix($0)) } + [plain + "0", code + code]
        for other in others {
            #expect(throws: SealingError.recoveryCodeMistyped) { try opens(other) }
        }
    }

    @Test(
        "A code with a character that no code has is refused",
        arguments: ["U", "u", "!", "_", ".", "é", "\u{0}", "/", ":", "@", "[", "`", "{"])
    func foreignCharacter(character: String) throws {
        let code = try #require(Self.fixed).recoveryCode
        #expect(throws: SealingError.recoveryCodeMistyped) { try opens(code + character) }
        #expect(throws: SealingError.recoveryCodeMistyped) {
            try opens(character + code.dropFirst())
        }
    }

    @Test("A right code does not open another slot")
    func otherSlot() throws {
        let vault = VaultID()
        let ring = try KeyRing(creating: vault)
        let code = try newRecoveryCode()
        let slot = try ring.wrapRoot(for: code.key)
        let other = try ring.wrapRoot(for: try newRecoveryCode().key)
        let typed = try RecoveryCode.read(try secret(code.text), slot: other.id)
        #expect(throws: SealingError.wrongKey) {
            try KeyRing(unsealing: vault, slot: other, key: typed)
        }
        #expect(throws: SealingError.wrongKey) {
            try KeyRing(unsealing: vault, slot: slot, key: typed)
        }
    }
}
