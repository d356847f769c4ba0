internal import Glibc
internal import VaultStore

/// Why a sink does not take checkpoints.
struct SinkFailure: Error, Hashable {
    /// What is wrong.
    var cause: String
    /// What to do.
    var remedy: String
    /// The entries that the sink's last checkpoint has, when the database has fewer.
    var aheadBy: Int64?

    init(_ cause: String, _ remedy: String, ahead: Int64? = nil) {
        self.cause = cause
        self.remedy = remedy
        aheadBy = ahead
    }

    /// What the system said last, in words.
    static func reason(_ code: Int32 = errno) -> String {
        unsafe strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
    }
}

/// Somewhere that takes checkpoints.
///
/// Calls may block; a ``SinkRunner`` bounds them.
protocol CheckpointSink: Sendable {
    /// Looks whether it still is what it was.
    ///
    /// - Parameters:
    ///   - mark: The entries of the last checkpoint that it took; `nil` for a new sink.
    ///   - durable: The entries of the database.
    func inspect(mark: Int64?, durable: Int64) throws(SinkFailure)

    /// Takes a checkpoint, durably where it can.
    func write(_ note: SignedNote) throws(SinkFailure)

    /// Gives up what is open.
    func close()
}
