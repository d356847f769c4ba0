internal import Locking
internal import SQLite
internal import VaultModel

/// The captured mail of all inboxes, in one SQLite file of its own.
///
/// `capture` returns when the message is durable; the commits of all sessions are shared. Reading
/// waits until whatever was acknowledged before is indexed. Several processes may open the same
/// file: one that captures, others that list, search, wait and delete.
package final class SandboxStore: Sendable {
    /// The path of the file.
    package let path: String
    let writer: SQLiteWriter
    let observer: StoreObserver
    let changes: ChangeWatch
    private let readers: SQLiteReaders
    private let signal: IndexSignal

    /// Opens the file, or makes it with mode 0600 and the inbox `default`.
    ///
    /// - Throws: `.store` with the reason.
    package init(path: String) throws(SandboxError) {
        self.path = path
        do {
            let connection = try SQLiteConnection(
                path: path, mode: .create, options: SandboxSchema.options(cacheKiB: 8_192))
            try SandboxSchema.prepare(connection, now: Timestamp.now.milliseconds)
            signal = IndexSignal()
            changes = ChangeWatch(
                connection: try SQLiteConnection(
                    path: path, mode: .readOnly, options: SandboxSchema.options(cacheKiB: 64)))
            observer = StoreObserver(changes: changes, signal: signal)
            writer = try SQLiteWriter(
                connection: connection, observer: observer,
                queueLimit: SandboxLimits.queuedMessages)
            readers = try SQLiteReaders(
                path: path, count: 2, options: SandboxSchema.options(cacheKiB: 4_096))
            let reader = try SQLiteConnection(
                path: path, mode: .readOnly, options: SandboxSchema.options(cacheKiB: 512))
            try Indexer(reader: reader, writer: writer, signal: signal).start()
        } catch {
            throw SandboxError(error)
        }
    }

    /// Finishes what is being written, ends every wait, and closes the file.
    package func close() async {
        changes.close()
        await signal.close()
        await readers.close()
        await writer.close()
    }

    // MARK: Capturing

    /// Stores a message; on return it is on the disk.
    ///
    /// It goes to the inbox it asks for if there is one, otherwise to `default`.
    /// - Throws: `.store`, with `.overloaded` when too many messages wait; `.closed`.
    package func capture(_ capture: SandboxCapture) async throws(SandboxError) -> SandboxReceipt {
        let id = SandboxMessageID(at: capture.received)
        let result: Result<SandboxReceipt, any Error> = await unsafe withUnsafeContinuation {
            continuation in
            do throws(SQLiteError) {
                try writer.submit { [observer] connection in
                    observer.noteWork()
                    return try MessageTable.insert(capture, as: id, on: connection)
                } completion: { result in
                    unsafe continuation.resume(returning: result)
                }
            } catch {
                unsafe continuation.resume(returning: .failure(error))
            }
        }
        do { return try result.get() } catch { throw SandboxError(error) }
    }

    // MARK: Inside the target

    /// Runs `body` on a reading connection.
    func read<R: Sendable>(
        _ body: @escaping @Sendable (SQLiteConnection) throws -> R
    ) async throws(SandboxError) -> R {
        do { return try await readers.read(body) } catch { throw SandboxError(error) }
    }

    /// Runs `body` in the next group commit.
    func write<R: Sendable>(
        _ body: @escaping @Sendable (SQLiteConnection) throws -> R
    ) async throws(SandboxError) -> R {
        do { return try await writer.transaction(body) } catch { throw SandboxError(error) }
    }

    /// Returns once everything that is stored by now is indexed.
    package func catchUp() async throws(SandboxError) {
        let (indexed, newest) = try await read { try IndexProgress.read($0) }
        if indexed < newest { try await signal.wait(for: newest) }
    }
}
