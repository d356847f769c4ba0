/// What a connection test found: `vault connection test` and `POST …/test` answer with it.
package struct TestReport: Sendable, Hashable, Codable {
    /// Whether no step failed.
    package let ok: Bool
    /// All fifteen steps, in order.
    package let steps: [TestStep]

    /// Takes the steps in order.
    package init(steps: [TestStep]) {
        self.steps = steps
        ok = !steps.contains { $0.status == .fail }
    }

    /// The step that failed, if one did; no step after it was done.
    package var failedStep: TestStep? { steps.first { $0.status == .fail } }
}

/// One step of a connection test.
package struct TestStep: Sendable, Hashable, Codable {
    /// How a step ended.
    package enum Status: String, Sendable, Hashable, Codable, CaseIterable {
        case ok
        /// It works, and something should be changed.
        case warn
        case fail
        /// It was not done; the evidence says why.
        case skipped
    }

    /// Which step.
    package let step: TestStepName
    /// How it ended.
    package let status: Status
    /// How long it took, in milliseconds.
    package let ms: Int
    /// What was seen: printable, bounded, without secrets.
    package let evidence: String
    /// Why it did not go well.
    package let cause: String?
    /// What to do about it.
    package let action: String?

    /// Joins the parts of a step.
    package init(
        step: TestStepName, status: Status, ms: Int = 0, evidence: String = "",
        cause: String? = nil, action: String? = nil
    ) {
        self.step = step
        self.status = status
        self.ms = ms
        self.evidence = EvidenceText.item(evidence, limit: DiagnosisLimits.evidence)
        self.cause = cause
        self.action = action
    }

    /// A few words for people.
    package var title: String { step.title }

    /// Writes every member, `cause` and `action` as `null` where there is none.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(step, forKey: .step)
        try container.encode(status, forKey: .status)
        try container.encode(ms, forKey: .ms)
        try container.encode(evidence, forKey: .evidence)
        try container.encode(cause, forKey: .cause)
        try container.encode(action, forKey: .action)
    }
}
