internal import Glibc
internal import Sodium
internal import TLS

/// The server's certificate and the authority that signed it, kept in a folder.
///
/// `ca.pem` is what clients trust; `ca-key.pem` and `server-key.pem` have mode 0600. Each is made
/// once and made anew when less than 30 days of it remain; a new authority means a new `ca.pem`.
struct SandboxCertificates: Sendable {
    /// The path of the certificate to trust.
    let authorityPath: String
    /// What sessions are made from.
    let context: TLSContext

    private static let authorityName = "ca.pem"
    private static let authorityKeyName = "ca-key.pem"
    private static let leafName = "server.pem"
    private static let leafKeyName = "server-key.pem"

    /// Takes up what the folder holds, and makes what is missing or old.
    ///
    /// - Throws: `.certificate` or `.certificateFile`.
    static func load(folder: String, names: [String]) throws(SandboxError) -> SandboxCertificates {
        let files = try PrivateFiles(folder: folder)
        do {
            let known = try authority(in: files)
            let authority = try known ?? makeAuthority(in: files)
            var identity = known == nil ? nil : try leaf(in: files, of: authority, names: names)
            if identity == nil { identity = try makeLeaf(in: files, by: authority, names: names) }
            guard let identity else { throw TLSError.noCertificate }
            return SandboxCertificates(
                authorityPath: files.path(authorityName),
                context: try .server(chainPEM: identity.chain, key: identity.key))
        } catch {
            throw SandboxError(error)
        }
    }

    private static func authority(in files: borrowing PrivateFiles) throws -> CertificateAuthority?
    {
        guard let pem = try files.read(authorityName, limit: TLSLimits.keyPEMBytes),
            let key = try key(authorityKeyName, in: files),
            let facts = try Certificate.list(pem: pem).first?.facts, isFresh(facts)
        else { return nil }
        do {
            return try CertificateAuthority(certificatePEM: pem, key: key)
        } catch TLSError.keyMismatch {
            // A crash between the two files; nobody can trust this authority yet.
            return nil
        }
    }

    private static func makeAuthority(
        in files: borrowing PrivateFiles
    ) throws -> CertificateAuthority {
        let authority = try CertificateAuthority(
            commonName: "Signet sandbox", days: SandboxLimits.authorityDays)
        try write(authority.exportKeyPEM(), to: authorityKeyName, in: files)
        let pem = try authority.certificate.pem()
        try files.write(pem.span, to: authorityName, mode: 0o644)
        return authority
    }

    private struct Leaf {
        let chain: [UInt8]
        let key: PrivateKey
    }

    private static func leaf(
        in files: borrowing PrivateFiles, of authority: CertificateAuthority, names: [String]
    ) throws -> Leaf? {
        guard let pem = try files.read(leafName, limit: TLSLimits.keyPEMBytes),
            let key = try key(leafKeyName, in: files),
            let facts = try Certificate.list(pem: pem).first?.facts, isFresh(facts),
            facts.issuer == authority.certificate.facts.subject,
            Set(names).isSubset(of: facts.names)
        else { return nil }
        return Leaf(chain: pem, key: key)
    }

    private static func makeLeaf(
        in files: borrowing PrivateFiles, by authority: CertificateAuthority, names: [String]
    ) throws -> Leaf {
        let identity = try authority.issue(names: names, days: SandboxLimits.leafDays)
        try write(identity.key.exportPEM(), to: leafKeyName, in: files)
        let pem = identity.chainPEM
        try files.write(pem.span, to: leafName, mode: 0o644)
        return Leaf(chain: pem, key: identity.key)
    }

    private static func key(
        _ name: String, in files: borrowing PrivateFiles
    ) throws -> PrivateKey? {
        guard let secret = try files.readSecret(name, limit: TLSLimits.keyPEMBytes) else {
            return nil
        }
        return try secret.withSpan { (span) throws(TLSError) in try PrivateKey(pem: span) }
    }

    private static func write(
        _ key: consuming PrivateKeyPEM, to name: String, in files: borrowing PrivateFiles
    ) throws(SandboxError) {
        try key.withSpan { (span) throws(SandboxError) in
            try files.write(span, to: name, mode: 0o600)
        }
    }

    private static func isFresh(_ facts: CertificateFacts) -> Bool {
        facts.notAfter - Int64(time(nil)) > SandboxLimits.renewalSeconds
    }
}
