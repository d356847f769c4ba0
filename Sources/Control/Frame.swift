internal import Access
private import Glibc
internal import Operations
internal import Sodium

/// One message of the control socket (`docs/formats/control-socket.md`).
///
/// A fixed head tells the lengths of five parts, which follow. Secrets are read from the socket straight
/// into locked memory.
struct Frame: Sendable {
    /// What the frame is.
    enum Kind: UInt8, Sendable {
        case request = 1
        case answer = 2
        case error = 3
    }

    static let headBytes = 24
    private static let magic: [UInt8] = [0x53, 0x47, 0x43, 0x31]

    var kind: Kind
    /// The operation's name; empty in an answer.
    var operation: [UInt8] = []
    /// The name of the tenant that the local user wants to act in; empty for none.
    var tenant: [UInt8] = []
    /// JSON.
    var body: [UInt8]
    /// The caller's token.
    var token: SecretParcel?
    /// The secret beside the body.
    var secret: SecretParcel?

    // MARK: Writing

    func write(to descriptor: Int32) throws(VaultError) {
        // A token that is spent or empty must not pass for no token, which means the local operator.
        let hasToken: UInt8 = token == nil ? 0 : 1
        let token = try Self.taken(token)
        let secret = try Self.taken(secret)
        guard operation.count <= ControlLimits.operationBytes,
            tenant.count <= ControlLimits.tenantBytes
        else { throw VaultError.invalid("a name is too long", "give the name of a tenant") }
        var start = Self.magic + [kind.rawValue, hasToken, 0, UInt8(tenant.count)]
        for count in [operation.count, body.count, token.count, secret.count] {
            start += (0..<4).map { UInt8(truncatingIfNeeded: UInt32(count) >> (24 - 8 * $0)) }
        }
        start += operation
        start += tenant
        start += body
        try DescriptorIO.write(start.span, to: descriptor)
        try token.withSpan { (span) throws(VaultError) in
            try DescriptorIO.write(span, to: descriptor)
        }
        try secret.withSpan { (span) throws(VaultError) in
            try DescriptorIO.write(span, to: descriptor)
        }
    }

    /// What a parcel holds, or nothing.
    private static func taken(_ parcel: SecretParcel?) throws(VaultError) -> SecretBytes {
        if let secret = parcel?.take() { return secret }
        do {
            return try SecretBytes(count: 0) { _ in }
        } catch {
            throw VaultError(wrapping: error)
        }
    }

    // MARK: Reading

    /// Reads one frame; `nil` when the other side closed before it began.
    init?(from descriptor: Int32) throws(VaultError) {
        guard let head = try DescriptorIO.read(Self.headBytes, from: descriptor, mayEnd: true)
        else {
            return nil
        }
        guard head.starts(with: Self.magic), let kind = Kind(rawValue: head[4]), head[6] == 0 else {
            throw Self.foreign
        }
        func count(_ index: Int) -> Int {
            head[(8 + 4 * index)..<(12 + 4 * index)].reduce(0) { $0 << 8 | Int($1) }
        }
        guard count(0) <= ControlLimits.operationBytes, count(1) <= ControlLimits.bodyBytes,
            count(2) <= ControlLimits.secretBytes, count(3) <= ControlLimits.secretBytes
        else { throw VaultError.invalid("the request is too large", "send a smaller message") }
        self.kind = kind
        operation = try DescriptorIO.read(count(0), from: descriptor)
        tenant = try DescriptorIO.read(Int(head[7]), from: descriptor)
        body = try DescriptorIO.read(count(1), from: descriptor)
        token = try DescriptorIO.readSecret(count(2), from: descriptor)
        if token == nil, head[5] != 0 { token = SecretParcel(try Self.taken(nil)) }
        secret = try DescriptorIO.readSecret(count(3), from: descriptor)
    }

    init(
        kind: Kind, operation: [UInt8] = [], tenant: [UInt8] = [], body: [UInt8],
        token: SecretParcel?, secret: SecretParcel?
    ) {
        self.kind = kind
        self.operation = operation
        self.tenant = tenant
        self.body = body
        self.token = token
        self.secret = secret
    }

    private static let foreign = VaultError(
        .unreachable, "protocol", "the other side does not speak this version's protocol",
        "use the same version of vault on both sides")
}

/// Whole reads and writes on a descriptor.
enum DescriptorIO {
    static func write(_ bytes: Span<UInt8>, to descriptor: Int32) throws(VaultError) {
        var sent = 0
        while sent < bytes.count {
            let rest = bytes.extracting(droppingFirst: sent)
            let count = unsafe rest.withUnsafeBytes {
                unsafe send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw broken }
            sent += count
        }
    }

    static func read(_ count: Int, from descriptor: Int32) throws(VaultError) -> [UInt8] {
        guard let bytes = try read(count, from: descriptor, mayEnd: false) else { throw broken }
        return bytes
    }

    static func read(
        _ count: Int, from descriptor: Int32, mayEnd: Bool
    ) throws(VaultError) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        var received = 0
        while received < count {
            let part = unsafe bytes.withUnsafeMutableBytes { buffer in
                unsafe recv(
                    descriptor, buffer.baseAddress.map { unsafe $0 + received }, count - received, 0
                )
            }
            if part < 0, errno == EINTR { continue }
            if part == 0, received == 0, mayEnd { return nil }
            guard part > 0 else { throw broken }
            received += part
        }
        return bytes
    }

    static func readSecret(
        _ count: Int, from descriptor: Int32
    ) throws(VaultError) -> SecretParcel? {
        guard count > 0 else { return nil }
        var failed = false
        do {
            let secret = try SecretBytes(count: count) { target in
                var received = 0
                while received < count {
                    let part = unsafe target.withUnsafeMutableBytes { buffer in
                        unsafe recv(
                            descriptor, buffer.baseAddress.map { unsafe $0 + received },
                            count - received, 0)
                    }
                    if part < 0, errno == EINTR { continue }
                    guard part > 0 else {
                        failed = true
                        return
                    }
                    received += part
                }
            }
            guard !failed else { throw broken }
            return SecretParcel(secret)
        } catch {
            throw VaultError(wrapping: error)
        }
    }

    static let broken = VaultError(
        .unreachable, "disconnected", "the connection to the vault's server broke off",
        "see whether vault serve still runs; the audit log tells what was done")
}
