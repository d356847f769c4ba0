/// What a walk over the whole chain found.
package struct AuditVerdict: Sendable, Hashable, Codable {
    /// A signed checkpoint that the entries agree with.
    package struct AgreedCheckpoint: Sendable, Hashable, Codable {
        /// How many entries were signed.
        package var size: Int64
        /// The root of their tree in base64.
        package var root: String
        /// How many checkpoints were compared.
        package var compared: Int

        /// A checkpoint from its parts.
        package init(size: Int64, root: String, compared: Int) {
            self.size = size
            self.root = root
            self.compared = compared
        }
    }

    /// Whether every entry is there, unchanged and in its place, as far as could be proven.
    package var ok: Bool
    /// How many entries were sound, from the first.
    package var entries: Int64
    /// The number of the first entry that was changed, removed or put in.
    package var firstBad: Int64?
    /// What is wrong there.
    package var problem: String?
    /// The newest checkpoint that was compared; `nil` when none was.
    package var checkpoint: AgreedCheckpoint?
    /// Whether the first key is an auditor's, so that old entries cannot be written again.
    package var forwardSecure: Bool
    /// The first entry whose code was computed; earlier ones need the auditor's key and were
    /// compared by their tree alone.
    package var provenFrom: Int64
    /// How the rows that there are agree with the log; `nil` without `--deep`.
    package var rows: RowReplay?

    /// A verdict from its parts.
    package init(
        ok: Bool, entries: Int64, firstBad: Int64? = nil, problem: String? = nil,
        checkpoint: AgreedCheckpoint? = nil, forwardSecure: Bool = false, provenFrom: Int64 = 1
    ) {
        self.ok = ok
        self.entries = entries
        self.firstBad = firstBad
        self.problem = problem
        self.checkpoint = checkpoint
        self.forwardSecure = forwardSecure
        self.provenFrom = provenFrom
    }

    private enum CodingKeys: String, CodingKey {
        case ok, entries, firstBad, problem, checkpoint, forwardSecure, provenFrom, rows
    }

    /// Writes `first_bad` and `checkpoint` as null when there is none: scripts look for the keys.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(ok, forKey: .ok)
        try container.encode(entries, forKey: .entries)
        try container.encode(firstBad, forKey: .firstBad)
        try container.encodeIfPresent(problem, forKey: .problem)
        try container.encode(checkpoint, forKey: .checkpoint)
        try container.encode(forwardSecure, forKey: .forwardSecure)
        try container.encode(provenFrom, forKey: .provenFrom)
        try container.encodeIfPresent(rows, forKey: .rows)
    }
}
