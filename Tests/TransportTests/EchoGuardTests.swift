import Sodium
import Testing
import Transport

private func guarded(_ secrets: String...) throws -> EchoGuard {
    try SodiumRuntime.start(allowSwap: true)
    var echoGuard = try EchoGuard()
    for secret in secrets {
        let bytes = Array(secret.utf8)
        echoGuard.mark(bytes.span)
    }
    return echoGuard
}

@Test(
    "Each secret that was marked is masked wherever it stands",
    arguments: [
        ("tanstaaf", "[masked]"), ("xtanstaafxtanstaaf", "x[masked]x[masked]"),
        ("tanstaa", "tanstaa"), ("é tanstaaf ü abcd", "é [masked] ü [masked]"), ("", ""),
    ])
func masks(_ text: String, _ expected: String) throws {
    #expect(try guarded("tanstaaf", "abcd").cleaned(text) == expected)
}

@Test("A secret shorter than the bound is not searched for")
func shortSecrets() throws {
    #expect(TransportLimits.searchedSecret == 4)
    #expect(try guarded("abc").cleaned("abcd") == "abcd")
    #expect(try guarded("abcd").cleaned("abcd") == "[masked]")
}

@Test("A text longer than the bound is withheld once there is a secret")
func longTexts() throws {
    let longest = String(repeating: "x", count: TransportLimits.searchedText)
    #expect(try guarded("abcd").cleaned(longest) == longest)
    #expect(try guarded("abcd").cleaned(longest + "x") == "[long text withheld]")
    #expect(try guarded().cleaned(longest + "x") == longest + "x")
}
