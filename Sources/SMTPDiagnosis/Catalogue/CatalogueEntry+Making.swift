internal import SMTPCore
internal import VaultModel

// The forms in which the tables are written.
extension CatalogueEntry {
    /// An entry about replies: met with `example` in a step of `phases`, the first of which the
    /// example is from.
    static func reply(
        _ id: String, _ codes: Set<UInt16> = [], _ enhanced: [String] = [],
        texts: [[String]] = [], provider: ProviderName? = nil,
        authMode: ConnectionSettings.AuthMode? = nil, in phases: [SMTPPhase], example: String,
        host: String = "", cause: String, action: String, anyPhase: Bool = false
    ) -> CatalogueEntry {
        var pattern = FailurePattern()
        pattern.codes = codes
        pattern.enhanced = enhanced
        pattern.texts = texts
        pattern.provider = provider
        pattern.authMode = authMode
        pattern.phases = anyPhase ? [] : Set(phases)
        return CatalogueEntry(
            id: id, pattern: pattern,
            example: FailureExample(
                form: .reply(phases.first ?? .dot, example),
                context: DiagnosisContext(host: host, provider: provider, authMode: authMode)),
            cause: cause, action: action)
    }

    /// An entry about failures that are no reply.
    static func failure(
        _ id: String, _ reasons: Set<SMTPFailureReason> = [], faults: Set<FaultKind> = [],
        in phases: Set<SMTPPhase> = [], classes: Set<SMTPFailureClass> = [],
        ports: Set<Int> = [], protections: Set<TransportDecision.Protection> = [],
        example: (SMTPPhase, SMTPFailureClass, SMTPFailureReason), detail: String = "",
        reply: String = "", port: Int? = nil,
        protection: TransportDecision.Protection? = nil, cause: String, action: String
    ) -> CatalogueEntry {
        var pattern = FailurePattern()
        pattern.reasons = reasons
        pattern.faults = faults
        pattern.phases = phases
        pattern.classes = classes
        pattern.ports = ports
        pattern.protections = protections
        return CatalogueEntry(
            id: id, pattern: pattern,
            example: FailureExample(
                form: .failure(example.0, example.1, example.2, detail: detail, reply: reply),
                context: DiagnosisContext(port: port, protection: protection)),
            cause: cause, action: action)
    }
}
