internal import Glibc
internal import Locking
internal import POP3Core
internal import SASL
internal import Sodium
internal import TLS

/// The users of a file, one `user:password` on each line; passwords stay in the locked slab.
///
/// Empty lines and lines that begin with `#` are passed over. The file is read again when it has
/// changed; while it cannot be read, nobody is let in.
final class UserFile: Sendable {
    private final class User: Sendable {
        let password: SecretBytes

        init(_ password: consuming SecretBytes) { self.password = password }
    }

    /// What changes when the file does.
    private struct Stamp: Sendable, Equatable {
        var inode: UInt = 0
        var size: Int64 = 0
        var seconds: Int = 0
        var nanoseconds: Int = 0
    }

    private struct RecordKey: Hashable {
        let username: String
        let digest: Digest
    }

    private struct State: Sendable {
        var stamp: Stamp?
        var users: [String: User] = [:]
        /// What SCRAM has derived of these users' passwords.
        var records: [RecordKey: SCRAMRecord] = [:]
    }

    private let path: String
    private let state = Locked(State())
    /// What an unknown user's password is compared with, so that the answer takes as long.
    private let nobody: User
    /// Makes the salt of each name, also of one that nobody has, the same every time.
    private let saltKey = Random.bytes(32)

    /// Reads the file for the first time.
    ///
    /// - Throws: `.credentialFile`.
    init(path: String) throws(SandboxError) {
        self.path = path
        do {
            nobody = User(try SecretBytes(random: 32))
        } catch {
            throw .credentialFile(path: path, reason: error.explanation.cause)
        }
        try reload()
    }

    /// Whether a user of the file has proved to be who they say.
    func accepts(_ credentials: borrowing SASLCredentials) -> Bool {
        do { try reload() } catch { return false }
        let known = state.withLock { $0.users[credentials.username] }
        let isRight = credentials.matches(password: (known ?? nobody).password)
        return isRight && known != nil
            && (credentials.authorizationID.isEmpty
                || credentials.authorizationID == credentials.username)
    }

    /// Whether `digest` is MD5 of the timestamp and the password of a user of the file (APOP).
    func accepts(_ username: String, timestamp: APOPTimestamp, digest: [UInt8]) -> Bool {
        do { try reload() } catch { return false }
        let known = state.withLock { $0.users[username] }
        let head = Array(timestamp.text.utf8)
        guard let input = try? (known ?? nobody).password.prepending(head.span) else {
            return false
        }
        let expected = input.withSpan { Digest.md5($0) }
        return ConstantTime.equal(expected.span, digest.span) && known != nil
    }

    /// What SCRAM needs to know of a user, or a decoy for a name that nobody has.
    ///
    /// The first time, this derives the keys, which takes some milliseconds.
    ///
    /// - Throws: `.secureMemory`, `.malformed` for a mechanism other than SCRAM.
    func record(
        of username: String, for mechanism: SASLMechanism
    ) throws(SASLError) -> SCRAMRecord {
        guard let digest = mechanism.digest else { throw .malformed(mechanism) }
        let key = RecordKey(username: username, digest: digest)
        let iterations = SandboxLimits.scramIterations
        let (saltKey, source) = (saltKey, Array("\(digest.rawValue) \(username)".utf8))
        let salt = Array(HMAC.sha256(key: saltKey.span, message: source.span).prefix(16))
        let isReadable = (try? reload()) != nil
        let (user, known) = state.withLock { state in
            isReadable ? (state.users[username], state.records[key]) : (nil, nil)
        }
        if let known { return known }
        guard let user, let keys = try? Self.keys(user, mechanism, salt, iterations) else {
            return try SCRAMRecord(decoyFor: mechanism, salt: salt, iterations: iterations)
        }
        let record = SCRAMRecord(salt: salt, iterations: iterations, keys: keys)
        state.withLock { state in
            // The file may have changed meanwhile.
            if state.users[username] === user { state.records[key] = record }
        }
        return record
    }

    private static func keys(
        _ user: User, _ mechanism: SASLMechanism, _ salt: [UInt8], _ iterations: Int
    ) throws -> SCRAMKeys {
        try SCRAMDerivation(
            mechanism, password: try user.password.copy(), salt: salt, iterations: iterations
        ).run()
    }

    private func reload() throws(SandboxError) {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw failure() }
        defer { close(file) }
        var status = stat()
        guard unsafe fstat(file, &status) == 0 else { throw failure() }
        let stamp = Stamp(
            inode: status.st_ino, size: Int64(status.st_size), seconds: status.st_mtim.tv_sec,
            nanoseconds: status.st_mtim.tv_nsec)
        if state.withLock({ $0.stamp == stamp }) { return }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw .credentialFile(path: path, reason: "it is not a regular file")
        }
        do {
            let text = try SecretBytes(
                readingAllOf: file, limit: SandboxLimits.credentialFileBytes)
            let users = try text.withSpan { (span) throws(SodiumError) in try Self.users(span) }
            state.withLock { state in
                state.users = users
                state.records = [:]
                state.stamp = stamp
            }
        } catch {
            throw .credentialFile(path: path, reason: error.explanation.cause)
        }
    }

    private static func users(_ text: Span<UInt8>) throws(SodiumError) -> [String: User] {
        var users: [String: User] = [:]
        var start = 0
        while start < text.count {
            var end = start
            while end < text.count, text[end] != UInt8(ascii: "\n") { end += 1 }
            var line = text.extracting(start..<end)
            start = end + 1
            if line.count > 0, line[line.count - 1] == UInt8(ascii: "\r") {
                line = line.extracting(droppingLast: 1)
            }
            guard line.count > 0, line[0] != UInt8(ascii: "#") else { continue }
            var colon = 0
            while colon < line.count, line[colon] != UInt8(ascii: ":") { colon += 1 }
            guard colon > 0, colon < line.count else { continue }
            var name: [UInt8] = []
            for index in 0..<colon { name.append(line[index]) }
            users[String(decoding: name, as: UTF8.self)] = User(
                try SecretBytes(copying: line.extracting((colon + 1)...)))
        }
        return users
    }

    private func failure() -> SandboxError {
        .credentialFile(path: path, reason: unsafe String(cString: strerror(errno)))
    }
}
