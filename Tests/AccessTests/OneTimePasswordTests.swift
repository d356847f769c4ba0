import Access
import Sodium
import Testing

@Suite("Codes that change every 30 seconds")
struct OneTimePasswordTests {
    init() throws { try startSodium() }

    private func code(_ key: String, step: Int64) throws -> String {
        let key = try secret(key)
        return String(decoding: OneTimePassword.code(key, step: step), as: UTF8.self)
    }

    @Test(
        "The codes of RFC 4226 appendix D",
        arguments: zip(
            Int64(0)...9,
            [
                "755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583",
                "399871", "520489",
            ]))
    func hotp(counter: Int64, expected: String) throws {
        #expect(try code("12345678901234567890", step: counter) == expected)
    }

    @Test(
        "The codes of RFC 6238 appendix B, in six digits",
        arguments: [
            (59, "287082"), (1_111_111_109, "081804"), (1_111_111_111, "050471"),
            (1_234_567_890, "005924"), (2_000_000_000, "279037"), (20_000_000_000, "353130"),
        ] as [(Int64, String)])
    func totp(seconds: Int64, expected: String) throws {
        let step = OneTimePassword.step(at: seconds)
        #expect(try code("12345678901234567890", step: step) == expected)
    }

    @Test("A code holds one step before and after its own, and once")
    func accepted() throws {
        let key = "12345678901234567890"
        func accept(_ given: String, at seconds: Int64, after last: Int64 = 0) throws -> Int64? {
            let given = try secret(given)
            let key = try secret(key)
            return OneTimePassword.accept(given, of: key, at: seconds, after: last)
        }
        let now: Int64 = 1_234_567_890
        let step = OneTimePassword.step(at: now)
        for distance in Int64(-3)...3 {
            let given = try code(key, step: step + distance)
            #expect(
                try accept(given, at: now) == (abs(distance) <= 1 ? step + distance : nil),
                "\(distance)")
        }
        let good = try code(key, step: step)
        #expect(try accept(good, at: now, after: step - 1) == step)
        #expect(try accept(good, at: now, after: step) == nil)
        #expect(try accept(try code(key, step: step - 1), at: now, after: step) == nil)
        for wrong in ["", "0", "00000", good + "0", String(good.dropLast()), " " + good, "abcdef"] {
            #expect(try accept(wrong, at: now) == nil, "\(wrong)")
        }
    }

    @Test(
        "The link holds the secret in base 32 (RFC 4648 §10)",
        arguments: [
            ("fooba", "MZXW6YTB"), ("foobafooba", "MZXW6YTBMZXW6YTB"),
            ("12345678901234567890", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"),
        ])
    func link(key: String, base32: String) throws {
        let key = try secret(key)
        let link = try OneTimePassword.link(key, account: "alice")
        #expect(
            text(link) == "otpauth://totp/Signet:alice?secret=\(base32)&issuer=Signet")
    }
}
