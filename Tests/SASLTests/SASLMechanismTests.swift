import SASL
import TLS
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
        #expect(SASLMechanism(name: "scram-sha-256-plus") == .scramSHA256Plus)
        #expect(SASLMechanism(name: "SCRAM-SHA-384") == nil)
        #expect(SASLMechanism(name: "NTLM") == nil)
    }

    @Test("Each mechanism says what it needs, sends and proves")
    func needs() {
        let all = SASLMechanism.allCases
        let tokens: [SASLMechanism] = [.xoauth2, .oauthBearer]
        let bound: [SASLMechanism] = [.scramSHA1Plus, .scramSHA256Plus, .scramSHA512Plus]
        #expect(all.filter(\.sendsPassword) == [.plain, .login] + tokens)
        #expect(all.filter(\.takesToken) == tokens)
        #expect(all.filter { !$0.takesPassword } == tokens + [.external])
        #expect(all.filter(\.needsChannelBinding) == bound)
        #expect(all.filter { !$0.supportsInitialResponse } == [.login, .cramMD5])
        #expect(all.filter(\.provesServer).count == 6)
        #expect(all.filter(\.provesServer).allSatisfy { $0.rawValue.hasPrefix("SCRAM-SHA-") })
    }

    @Test("The order is binding, proof, token, password; CRAM-MD5 is last only under TLS")
    func order() {
        func names(
            token: Bool = false, password: Bool = true, tls: Bool = true, binding: Bool = true
        ) -> [String] {
            SASLMechanism.preferred(
                hasToken: token, hasPassword: password, isProtected: tls,
                channelBindingAvailable: binding
            ).map(\.rawValue)
        }
        let scram = ["SCRAM-SHA-512", "SCRAM-SHA-256", "SCRAM-SHA-1"]
        let plus = scram.map { $0 + "-PLUS" }
        #expect(names() == plus + scram + ["PLAIN", "LOGIN", "CRAM-MD5"])
        #expect(names(binding: false) == scram + ["PLAIN", "LOGIN", "CRAM-MD5"])
        #expect(names(tls: false) == scram + ["CRAM-MD5", "PLAIN", "LOGIN"])
        #expect(
            names(token: true)
                == plus + scram + ["XOAUTH2", "OAUTHBEARER", "PLAIN", "LOGIN", "CRAM-MD5"])
        #expect(names(token: true, password: false) == ["XOAUTH2", "OAUTHBEARER"])
        #expect(names(token: false, password: false) == [])
    }

    @Test("Channel binding is chosen so that an offer that was taken away is seen")
    func binding() {
        let data = [UInt8](1...32)
        func choice(
            _ mechanism: SASLMechanism, available: Bool = true, offered: [String]
        ) -> SASLChannelBinding {
            .choose(
                for: mechanism, available: available ? (.tlsExporter, data) : nil,
                offered: offered)
        }
        let both = ["SCRAM-SHA-256", "scram-sha-256-plus"]
        #expect(choice(.scramSHA256Plus, offered: both) == .bound(.tlsExporter, data: data))
        #expect(choice(.scramSHA256, offered: both) == .unsupported)
        #expect(choice(.scramSHA256, offered: ["SCRAM-SHA3-512-PLUS"]) == .unsupported)
        #expect(choice(.scramSHA256, offered: ["SCRAM-SHA-256"]) == .notOffered)
        #expect(choice(.scramSHA256, available: false, offered: []) == .unsupported)
        #expect(choice(.plain, offered: ["PLAIN"]) == .unsupported)
    }
}
