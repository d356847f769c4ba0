package import SMTPCore

/// Says of any failure what most likely causes it and what to do.
package enum Diagnosis {
    /// The most specific entry of the catalogue, or what the failure's class means.
    ///
    /// Cheap enough for every failed send: one pass over the table, without I/O.
    package static func advice(
        for failure: SMTPFailure, context: DiagnosisContext = DiagnosisContext()
    ) -> Advice {
        entry(for: failure, context: context)?.advice
            ?? ReplyCatalogue.fallback(for: failure.failureClass)
    }

    /// What a refusal means when a reply and its step are all that is known: a recipient's, for
    /// example, in a transaction that went on without it.
    package static func advice(
        forRefusal reply: SMTPReply, in phase: SMTPPhase,
        context: DiagnosisContext = DiagnosisContext()
    ) -> Advice {
        advice(for: SMTPFailure(refusal: reply, in: phase), context: context)
    }

    /// The entry that a failure belongs to, if there is one.
    static func entry(for failure: SMTPFailure, context: DiagnosisContext) -> CatalogueEntry? {
        let facts = FailureFacts(failure, context)
        return ReplyCatalogue.entries.first { $0.pattern.matches(facts) }
    }
}
