import Access
import Operations
import Sodium
import Testing
import VaultModel

@Test("A made-up secret has the length and only the characters asked for")
func generates() throws {
    try SodiumRuntime.start(slabBytes: 8_388_608, allowSwap: true)
    func made(_ settings: GeneratorSettings) throws -> String {
        try text(of: SecretParcel(SecretGenerator(settings).make()))
    }
    let standard = try made(GeneratorSettings())
    #expect(standard.count == GeneratorSettings.standardLength)
    #expect(standard.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) })
    let digits = try made(GeneratorSettings(length: 1000, alphabet: "01234567899999"))
    #expect(Set(digits) == Set("0123456789"))
    // Repeated characters weigh no more than others.
    #expect(digits.count { $0 == "9" } < 200)
}
