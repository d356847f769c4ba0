import Glibc
import Sodium
import TLS
import Testing

@testable import Sandbox

@Test("Certificates are made once, with keys that only their owner reads")
func certificatesMadeOnce() throws {
    try SodiumRuntime.start(allowSwap: true)
    let folder = try TestFolder()
    let path = folder.path + "/tls"
    let names = ["localhost", "127.0.0.1"]
    let first = try SandboxCertificates.load(folder: path, names: names)
    let authority = try read(first.authorityPath)
    let leaf = try read(path + "/server.pem")
    #expect(first.authorityPath == path + "/ca.pem")
    for (name, mode) in [("ca.pem", 0o644), ("ca-key.pem", 0o600), ("server-key.pem", 0o600)] {
        var status = stat()
        #expect(unsafe stat(path + "/" + name, &status) == 0)
        #expect(Int(status.st_mode & 0o777) == mode)
    }
    _ = try SandboxCertificates.load(folder: path, names: names)
    #expect(try read(path + "/ca.pem") == authority)
    #expect(try read(path + "/server.pem") == leaf)
    // Another name means another leaf, of the same authority.
    _ = try SandboxCertificates.load(folder: path, names: names + ["mail.example.com"])
    #expect(try read(path + "/ca.pem") == authority)
    #expect(try read(path + "/server.pem") != leaf)
    #expect(!(try read(path + "/ca.pem")).contains { $0 == 0 })
    #expect(!String(decoding: try read(path + "/ca.pem"), as: UTF8.self).contains("PRIVATE"))
}

@Test("A certificate with less than 30 days left is made anew")
func certificatesRenewed() throws {
    try SodiumRuntime.start(allowSwap: true)
    let folder = try TestFolder()
    let names = ["localhost"]
    _ = try SandboxCertificates.load(folder: folder.path, names: names)
    let authority = try CertificateAuthority(commonName: "old", days: 3_650)
    func keep(_ name: String, _ pem: [UInt8]) throws {
        let text = String(decoding: pem, as: UTF8.self)
        try write(text, to: folder.path + "/" + name)
    }
    func keep(_ name: String, _ key: consuming PrivateKeyPEM) throws {
        var bytes: [UInt8] = []
        key.withSpan { span in for index in span.indices { bytes.append(span[index]) } }
        try keep(name, bytes)
    }
    let leaf = try authority.issue(names: names, days: 29)
    try keep("ca.pem", try authority.certificate.pem())
    try keep("ca-key.pem", try authority.exportKeyPEM())
    try keep("server.pem", leaf.chainPEM)
    try keep("server-key.pem", try leaf.key.exportPEM())
    _ = try SandboxCertificates.load(folder: folder.path, names: names)
    #expect(try read(folder.path + "/ca.pem") == authority.certificate.pem())
    #expect(try read(folder.path + "/server.pem") != leaf.chainPEM)
    let old = try CertificateAuthority(commonName: "old", days: 29)
    try keep("ca.pem", try old.certificate.pem())
    try keep("ca-key.pem", try old.exportKeyPEM())
    _ = try SandboxCertificates.load(folder: folder.path, names: names)
    #expect(try read(folder.path + "/ca.pem") != old.certificate.pem())
}

@Test("A key that cannot be read stops the server instead of being replaced")
func brokenKey() throws {
    try SodiumRuntime.start(allowSwap: true)
    let folder = try TestFolder()
    _ = try SandboxCertificates.load(folder: folder.path, names: ["localhost"])
    try write("not a key", to: folder.path + "/ca-key.pem")
    #expect(throws: SandboxError.certificate(.malformedKey)) {
        try SandboxCertificates.load(folder: folder.path, names: ["localhost"])
    }
}
