internal import SMTPCore
internal import TLS
internal import VaultModel

/// A failure and all that follows from it, worked out once for the whole table.
struct FailureFacts {
    let failure: SMTPFailure
    let context: DiagnosisContext
    let provider: ProviderName?
    let fault: FaultKind?
    let text: FailureText
    private let enhanced: String

    init(_ failure: SMTPFailure, _ context: DiagnosisContext) {
        self.failure = failure
        self.context = context
        let reply = failure.reply?.text ?? ""
        provider = ProviderSignature.provider(
            named: context.provider, host: context.host, reply: failure.reply)
        enhanced = failure.reply?.enhanced?.description ?? ""
        text = FailureText(failure.detail.isEmpty ? reply : reply + " " + failure.detail)
        if case .refused(let error)? = context.tls?.verification, let kind = FaultKind(error) {
            fault = failure.phase == .tls ? kind : nil
        } else {
            fault = failure.detail.isEmpty ? nil : FaultKind(detail: FailureText(failure.detail))
        }
    }

    /// Whether the reply's enhanced status code is one of these.
    func hasEnhanced(oneOf patterns: [String]) -> Bool {
        guard !enhanced.isEmpty else { return false }
        return patterns.contains { pattern in
            pattern == enhanced
                || pattern.hasSuffix(".x") && enhanced.hasPrefix(pattern.dropLast(1))
        }
    }
}
