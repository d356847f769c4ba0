import Testing

@testable import TLS

@Suite("Digest and PBKDF2")
struct DigestTests {
    @Test(
        "Each hash function gives the published hashes of nothing and of abc (FIPS 180-4, RFC 1321)",
        arguments: hashes)
    func published(_ digest: Digest, _ empty: String, _ abc: String) {
        let none: [UInt8] = []
        #expect(Hexadecimal.text(digest(none.span)) == empty)
        #expect(Hexadecimal.text(digest(Array("abc".utf8).span)) == abc)
        #expect(digest(none.span).count == digest.byteCount)
    }

    static let hashes = [
        (
            Digest.md5,
            "d41d8cd98f00b204e9800998ecf8427e",
            "900150983cd24fb0d6963f7d28e17f72"
        ),
        (
            Digest.sha1,
            "da39a3ee5e6b4b0d3255bfef95601890afd80709",
            "a9993e364706816aba3e25717850c26c9cd0d89d"
        ),
        (
            Digest.sha256,
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        ),
        (
            Digest.sha384,
            "38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da"
                + "274edebfe76f65fbd51ad2f14898b95b",
            "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
                + "8086072ba1e7cc2358baeca134c825a7"
        ),
        (
            Digest.sha512,
            "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
                + "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e",
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
        ),
    ]

    /// A derivation: RFC 6070 for SHA-1, Python's hashlib for the others.
    struct Vector: Sendable, CustomTestStringConvertible {
        let digest: Digest
        var password = "password"
        var salt = "salt"
        let iterations: Int
        let key: String
        var testDescription: String { "\(digest.rawValue), \(iterations)" }

        static let all = [
            Vector(
                digest: .sha1, iterations: 1, key: "0c60c80f961f0e71f3a9b524af6012062fe037a6"),
            Vector(
                digest: .sha1, iterations: 4_096,
                key: "4b007901b765489abead49d926f721d065a429c1"),
            Vector(
                digest: .sha1, password: "passwordPASSWORDpassword",
                salt: "saltSALTsaltSALTsaltSALTsaltSALTsalt", iterations: 4_096,
                key: "3d2eec4fe41c849b80c8d83662c0e44a8b291a964cf2f07038"),
            Vector(
                digest: .sha1, password: "pass\0word", salt: "sa\0lt", iterations: 4_096,
                key: "56fa6aa75548099dcc37d7f03425e0c3"),
            Vector(
                digest: .md5, iterations: 2,
                key: "042407b552be345ad6eee2cf2f7ed01dd9662d8f0c6950eaec7124aa0c82279e"
                    + "d0b7e2a854d0f29e"),
            Vector(
                digest: .sha1, iterations: 2,
                key: "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957cae93136266537a8d7bf4b76"
                    + "c51094cc1ae010b1"),
            Vector(
                digest: .sha256, iterations: 2,
                key: "ae4d0c95af6b46d32d0adff928f06dd02a303f8ef3c251dfd6e2d85a95474c43"
                    + "830651afcb5c862f"),
            Vector(
                digest: .sha384, iterations: 2,
                key: "54f775c6d790f21930459162fc535dbf04a939185127016a04176a0730c6f1f4"
                    + "fb48832ad1261baa"),
            Vector(
                digest: .sha512, iterations: 2,
                key: "e1d9c16aa681708a45f5c7c4e215ceb66e011a2e9f0040713f18aefdb866d53c"
                    + "f76cab2868a39b9f"),
            Vector(
                digest: .sha256, password: "", salt: "", iterations: 1, key: "f7ce0b653d2d72a4"),
        ]
    }

    @Test("A derivation gives published keys", arguments: Vector.all)
    func derivation(_ vector: Vector) throws {
        var key = [UInt8](repeating: 0, count: vector.key.utf8.count / 2)
        let (password, salt) = (Array(vector.password.utf8), Array(vector.salt.utf8))
        var output = key.mutableSpan
        try PBKDF2.derive(
            vector.digest, password: password.span, salt: salt.span,
            iterations: vector.iterations, into: &output)
        #expect(Hexadecimal.text(key) == vector.key)
    }
}
