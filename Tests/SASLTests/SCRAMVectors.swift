import SASL
import TLS
import Testing

/// One whole exchange, decoded.
struct SCRAMVector: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let mechanism: SASLMechanism
    var username = "user"
    var authorizationID = ""
    var password = "pencil"
    var binding = SASLChannelBinding.unsupported
    let clientNonce: String
    let serverNonce: String
    let salt: [UInt8]
    var iterations = 4_096
    let clientFirst: String
    let serverFirst: String
    let clientFinal: String
    let serverFinal: String

    /// RFC 5802 §5, RFC 7677 §3, and what Python's hashlib makes of the same steps.
    static let all = [rfc5802, rfc7677, sha512, sha512Plus, notOffered]

    static let rfc5802 = SCRAMVector(
        testDescription: "RFC 5802 §5", mechanism: .scramSHA1,
        clientNonce: "fyko+d2lbbFgONRv9qkxdawL", serverNonce: "3rfcNHYJY1ZVvWVs7j",
        salt: [0x41, 0x25, 0xc2, 0x47, 0xe4, 0x3a, 0xb1, 0xe9, 0x3c, 0x6d, 0xff, 0x76],
        clientFirst: "n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL",
        serverFirst: "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
        clientFinal: "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,"
            + "p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
        serverFinal: "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=")

    static let rfc7677 = SCRAMVector(
        testDescription: "RFC 7677 §3", mechanism: .scramSHA256,
        clientNonce: "rOprNGfwEbeRWgbNEkqO", serverNonce: "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
        salt: salt7677, clientFirst: "n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
        serverFirst: "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
            + "s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
        clientFinal: "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
            + "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
        serverFinal: "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")

    static let sha512 = SCRAMVector(
        testDescription: "SHA-512", mechanism: .scramSHA512,
        clientNonce: "rOprNGfwEbeRWgbNEkqO", serverNonce: "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
        salt: salt7677, iterations: 10_000, clientFirst: "n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
        serverFirst: "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
            + "s=W22ZaJ0SNY7soEsUEjb6gQ==,i=10000",
        clientFinal: "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
            + "p=sScffJ11LZ4TfY4PVI/6/9rMIHpix12AijdjQOPWK26er2vRtW/osDSi/hegaCFWfI91sJZd0bevn"
            + "cVEhUg0wQ==",
        serverFinal: "v=RjtcFh+1kT0TmNH2klLiCXHiJLvMLwWuSSjecIns8FBSn0XXRb3iv2qU96STCkYC2Go0feON"
            + "ylPqhw46oweC5A==")

    static let sha512Plus = SCRAMVector(
        testDescription: "SHA-512, bound, with names that need escapes",
        mechanism: .scramSHA512Plus, username: "us=er,", authorizationID: "boss",
        password: "pässword", binding: .bound(.tlsExporter, data: sampleBinding),
        clientNonce: "abcDEF", serverNonce: "123", salt: [1, 2],
        clientFirst: "p=tls-exporter,a=boss,n=us=3Der=2C,r=abcDEF",
        serverFirst: "r=abcDEF123,s=AQI=,i=4096",
        clientFinal: "c=cD10bHMtZXhwb3J0ZXIsYT1ib3NzLAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f,"
            + "r=abcDEF123,p=QiBTQMtaTkueti/BydqdSB6PtMY/6bBXZxq6VFkGk6mfCZZrfASMLbnT82Fa1Z1WMI"
            + "tZvVKjAPQ+IGTjrNMmyA==",
        serverFinal: "v=0xAoJituU2gPPQxD7L78KpNtCDkCrKj6xUDS14xUfH6VT1Up7earPWfq1EGDCF/+QwbnxPMu"
            + "uzRHxBOVvByUMg==")

    static let notOffered = SCRAMVector(
        testDescription: "SHA-256, binding not offered", mechanism: .scramSHA256,
        binding: .notOffered, clientNonce: "abcDEF", serverNonce: "123", salt: Array("salt".utf8),
        clientFirst: "y,,n=user,r=abcDEF", serverFirst: "r=abcDEF123,s=c2FsdA==,i=4096",
        clientFinal: "c=eSws,r=abcDEF123,p=WTsfqzQSWd+nFdq+38WSdMWCJbQTbtKbJUvXrDJRLx4=",
        serverFinal: "v=QEf674RNQ7BJFu5TkB6w1LVIXwVhiKLzsc8ziv679m0=")

    private static let salt7677: [UInt8] = [
        0x5b, 0x6d, 0x99, 0x68, 0x9d, 0x12, 0x35, 0x8e, 0xec, 0xa0, 0x4b, 0x14, 0x12, 0x36, 0xfa,
        0x81,
    ]

    /// The client that says what the vector says.
    func makeClient() throws -> ClientBox {
        try ClientBox(
            mechanism, username, password, authorizationID: authorizationID,
            channelBinding: binding, nonce: clientNonce)
    }
}
