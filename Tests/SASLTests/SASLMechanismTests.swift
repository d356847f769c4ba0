import SASL
import Testing

@Suite("SASLMechanism")
struct SASLMechanismTests {
    @Test("A mechanism is found by its name in any case, and by nothing else")
    func names() {
        #expect(SASLMechanism(name: "PLAIN") == .plain)
        #expect(SASLMechanism(name: "login") == .login)
        #expect(SASLMechanism(name: "Cram-Md5") == .cramMD5)
        #expect(SASLMechanism(name: "PLAIN ") == nil)
        #expect(SASLMechanism(name: "") == nil)
        #expect(SASLMechanism(name: "SCRAM-SHA-256") == nil)
    }

    @Test("PLAIN and LOGIN send the password, CRAM-MD5 does not")
    func needs() {
        #expect(SASLMechanism.allCases.filter(\.sendsPassword) == [.plain, .login])
        #expect(SASLMechanism.allCases.filter(\.supportsInitialResponse) == [.plain])
    }
}
