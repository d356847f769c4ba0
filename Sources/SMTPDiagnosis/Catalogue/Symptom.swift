/// What people notice without any failed session, and what it comes from.
package enum Symptom: String, Sendable, Hashable, CaseIterable {
    case poolExhausted = "pool-exhausted"
    case testPassesSendFails = "test-passes-send-fails"
    case deliveredAsSpam = "delivered-as-spam"
    case senderShownWrong = "sender-shown-wrong"

    /// What is seen.
    package var title: String {
        switch self {
        case .poolExhausted: "sends wait for a session and give up (`pool-exhausted`)"
        case .testPassesSendFails: "the test passes, and sends fail"
        case .deliveredAsSpam: "mail is accepted and lands among spam"
        case .senderShownWrong: "recipients see another sender, or broken HTML"
        }
    }

    /// Why, and what to do.
    package var advice: Advice {
        switch self {
        case .poolExhausted:
            Advice(
                id: rawValue,
                cause: "pool.max is too small, the server is slow, or sessions are not given back",
                action:
                    "raise pool.max (at most 5, and the provider's limit), and look at the pool's metrics"
            )
        case .testPassesSendFails:
            Advice(
                id: rawValue,
                cause:
                    "the flow uses another environment, connection or version, a disabled one, or another machine",
                action: "compare connection, environment and version of both results")
        case .deliveredAsSpam:
            Advice(
                id: rawValue,
                cause: "SPF, DKIM or DMARC are not aligned with From, or the reputation is low",
                action: "read the advisory step of the test, and align the From domain")
        case .senderShownWrong:
            Advice(
                id: rawValue,
                cause:
                    "the provider replaces a From that it has not verified, or the markup is not for mail",
                action:
                    "verify the sender with the provider, and look at the message in the sandbox")
        }
    }
}
