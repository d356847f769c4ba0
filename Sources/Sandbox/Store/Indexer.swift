internal import Glibc
internal import Locking
internal import SQLite

/// Parses stored messages and makes them searchable, on a thread of its own and of lower priority.
///
/// It follows `message.number` in order, so "everything up to n" is one number in the file, and any
/// process that has the file open can do the work: each transaction checks first that nobody else
/// has. While mail arrives and nobody waits for the index, it rests most of the time.
// Safe: `reader` is used on the indexer's thread alone, once `run` has begun there.
final class Indexer: @unchecked Sendable {
    private let reader: SQLiteConnection
    private let writer: SQLiteWriter
    private let signal: IndexSignal

    /// A message that was read and parsed.
    private struct Parsed: Sendable {
        let number: Int64
        let rcptTo: String
        let mailFrom: String
        let digest: MessageDigest
        let text: String
    }

    private struct Batch: Sendable {
        /// The number that the index had reached.
        let start: Int64
        /// The number that it reaches with this batch.
        let end: Int64
        /// The number of the newest message ever.
        let newest: Int64
        let messages: [Parsed]
    }

    init(reader: sending SQLiteConnection, writer: SQLiteWriter, signal: IndexSignal) {
        self.reader = reader
        self.writer = writer
        self.signal = signal
    }

    /// Starts the thread.
    func start() throws(SandboxError) {
        guard WorkerThread.start(named: "sandbox-index", { self.run() }) else {
            throw .store(.outOfResources)
        }
    }

    private func run() {
        // Failing to be modest is no reason not to work.
        _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 5)
        while signal.waitForWork() {
            do {
                while try step() {}
                while !signal.isClosed, try forgetDeleted() {}
            } catch {
                signal.failed(SandboxError(error))
                rest(for: .milliseconds(200)) { true }
            }
        }
        reader.close()
        signal.ended()
    }

    /// Deals with one batch; `false` when nothing is left.
    private func step() throws -> Bool {
        if signal.isClosed { return false }
        let began = ContinuousClock.now
        let batch = try read()
        guard batch.end > batch.start else {
            signal.reached(batch.start)
            return false
        }
        let reached = try writer.transactionNow { try Self.write(batch, on: $0) }
        signal.reached(reached)
        if signal.isBusy, !signal.isUrgent, batch.newest - reached < SandboxLimits.indexBacklog {
            rest(for: (ContinuousClock.now - began) * SandboxLimits.indexRest) { signal.isBusy }
        }
        return true
    }

    /// Sleeps in short naps, until the time or its reason is over, or the work is urgent.
    private func rest(for duration: Duration, while hasReason: () -> Bool) {
        let end = ContinuousClock.now + duration
        while ContinuousClock.now < end, !signal.isUrgent, hasReason() { usleep(5_000) }
    }

    // MARK: Reading

    private func read() throws(SQLiteError) -> Batch {
        try reader.beginReading()
        do {
            let batch = try readBatch()
            try reader.rollback()
            return batch
        } catch {
            try? reader.rollback()
            throw error
        }
    }

    private func readBatch() throws(SQLiteError) -> Batch {
        let (start, newest) = try IndexProgress.read(reader)
        var end = newest
        var messages: [Parsed] = []
        var bytes = 0
        var textBytes = 0
        try reader.forEach(
            "SELECT number, mail_from, rcpt_to, raw FROM message WHERE number > ? ORDER BY number",
            [.integer(start)]
        ) { row throws(SQLiteError) in
            let number = try row.integer(0)
            guard messages.count < SandboxLimits.indexBatch, bytes < SandboxLimits.indexBatchBytes,
                textBytes < SandboxLimits.indexBatchTextBytes
            else {
                end = number - 1
                return false
            }
            let (digest, count) = try row.withBytes(3) { raw in
                (MessageDigest(parsing: raw), raw.count)
            }
            let text = digest.searchableText
            bytes += count
            textBytes += text.utf8.count
            messages.append(
                Parsed(
                    number: number, rcptTo: try row.text(2), mailFrom: try row.text(1),
                    digest: digest, text: text))
            return true
        }
        return Batch(start: start, end: end, newest: newest, messages: messages)
    }

    // MARK: Writing

    private static let insertion: SQL = """
        INSERT INTO search (rowid, subject, sender, recipients, cc, rcpt, message_id, attachments,
            body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        """

    /// Writes a batch unless another process has, and returns how far the index is.
    private static func write(
        _ batch: Batch, on connection: SQLiteConnection
    ) throws(SQLiteError) -> Int64 {
        let (indexed, _) = try IndexProgress.read(connection)
        guard indexed == batch.start else { return indexed }
        for message in batch.messages {
            let digest = message.digest
            guard try SummaryTable.insert(digest, number: message.number, on: connection) else {
                continue
            }
            _ = try connection.run(
                insertion,
                [
                    .integer(message.number), .text(digest.subject),
                    .text(text(of: digest.from) + "\n<\(message.mailFrom)>"),
                    .text(text(of: digest.to)), .text(text(of: digest.cc)),
                    .text(Lines.split(message.rcptTo).map { "<\($0)>" }.joined(separator: "\n")),
                    .text(digest.messageID ?? ""),
                    .text(digest.attachments.compactMap(\.filename).joined(separator: "\n")),
                    .text(message.text),
                ])
        }
        _ = try connection.run("UPDATE progress SET indexed = ?", [.integer(batch.end)])
        return batch.end
    }

    private static func text(of addresses: [SandboxAddress]) -> String {
        addresses.map(\.text).joined(separator: "\n")
    }

    /// Takes deleted messages out of the index, some at a time; `false` when none are left.
    private func forgetDeleted() throws -> Bool {
        guard try reader.first("SELECT 1 FROM doomed") != nil else { return false }
        return try writer.transactionNow { connection in
            let rows = try connection.query("SELECT number FROM doomed LIMIT 100")
            for row in rows {
                _ = try connection.run("DELETE FROM search WHERE rowid = ?", [row[0]])
                _ = try connection.run("DELETE FROM doomed WHERE number = ?", [row[0]])
            }
            return !rows.isEmpty
        }
    }
}

/// How far the index is.
enum IndexProgress {
    private static let question: SQL = """
        SELECT indexed, (SELECT seq FROM sqlite_sequence WHERE name = 'message') FROM progress
        """

    /// The last number that is indexed, and the last that was given.
    static func read(
        _ connection: SQLiteConnection
    ) throws(SQLiteError) -> (indexed: Int64, newest: Int64) {
        guard let row = try connection.first(question) else { return (0, 0) }
        return (indexed: try row.integer(0), newest: try row.optionalInteger(1) ?? 0)
    }
}
