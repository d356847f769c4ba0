import Testing

@testable import Sodium

@Suite("Argon2id")
struct Argon2idTests {
    init() throws { try SodiumRuntime.start(allowSwap: true) }

    /// A vector of libsodium's `pwhash_argon2id` test.
    struct Vector: Sendable, CustomTestStringConvertible {
        let password: String
        let salt: String
        let operations: UInt64
        let memoryBytes: Int
        let derived: String
        var testDescription: String { "\(operations) passes over \(memoryBytes) bytes" }
    }

    static let vectors = [
        Vector(
            password: """
                a347ae92bce9f80f6f595a4480fc9c2fe7e7d7148d371e9487d75f5c23008ffae0
                65577a928febd9b1973a5a95073acdbeb6a030cfc0d79caa2dc5cd011cef02c08d
                a232d76d52dfbca38ca8dcbd665b17d1665f7cf5fe59772ec909733b24de97d6f5
                8d220b20c60d7c07ec1fd93c52c31020300c6c1facd77937a597c7a6
                """,
            salt: "5541fbc995d5c197ba290346d2c559de", operations: 5, memoryBytes: 7_256_678,
            derived: """
                18acec5d6507739f203d1f5d9f1d862f7c2cdac4f19d2bdff64487e60d969e3c
                ed615337b9eec6ac4461c6ca07f0939741e57c24d0005c7ea171a0ee1e734824
                9d135b38f222e4dad7b9a033ed83f5ca27277393e316582033c74affe2566a2b
                ea47f91f0fd9fe49ece7e1f79f3ad6e9b23e0277c8ecc4b313225748dd2a80f5
                679534a0700e246a79a49b3f74eb89ec6205fe1eeb941c73b1fcf1
                """),
        Vector(
            password: "b540beb016a5366524d4605156493f9874514a5aa58818cd0c6dfffaa9e90205f17b",
            salt: "44071f6d181561670bda728d43fb79b4", operations: 1, memoryBytes: 1_631_659,
            derived: """
                7fb72409b0987f8190c3729710e98c3f80c5a8727d425fdcde7f3644d467fe97
                3f5b5fee683bd3fce812cb9ae5e9921a2d06c2f1905e4e839692f2b934b682f1
                1a2fe2b90482ea5dd234863516dba6f52dc0702d324ec77d860c2e181f84472b
                d7104fedce071ffa93c5309494ad51623d214447a7b2b1462dc7d5d55a1f6fd5
                b54ce024118d86f0c6489d16545aaa87b6689dad9f2fb47fda9894f8e12b87d9
                78b483ccd4cc5fd9595cdc7a818452f915ce2f7df95ec12b1c72e3788d473441
                d884f9748eb14703c21b45d82fd667b85f5b2d98c13303b3fe76285531a826b6
                fc0fe8e3dddecf
                """),
    ]

    @Test("Derivation gives the vectors of libsodium's own tests", arguments: vectors)
    func published(_ vector: Vector) throws {
        let expected = hex(vector.derived)
        let derived = try Argon2id.derive(
            hex(vector.password).span, salt: hex(vector.salt), operations: vector.operations,
            memoryBytes: vector.memoryBytes, count: expected.count)
        let actual = bytes(derived)
        #expect(actual == expected)
    }

    @Test("Password, salt and cost each change what is derived; an empty password is one too")
    func separation() throws {
        let salt = [UInt8](repeating: 7, count: 16)
        let cost = Argon2id.Cost(operations: 1, memoryBytes: 8_192)
        let dearer = Argon2id.Cost(operations: 2, memoryBytes: 8_192)
        func derive(_ text: String, _ salt: [UInt8], _ cost: Argon2id.Cost) throws -> [UInt8] {
            let password = bytes(text)
            return bytes(try Argon2id.derive(password.span, salt: salt, cost: cost))
        }
        let derived = [
            try derive("", salt, cost), try derive("a", salt, cost), try derive("a", salt, dearer),
            try derive("a", [UInt8](repeating: 8, count: 16), cost),
        ]
        #expect(Set(derived).count == 4)
        #expect(derived.allSatisfy { $0.count == 32 })
        #expect(try derive("a", salt, cost) == derived[1])
    }

    @Test("The interactive preset costs 64 MiB, the moderate one 256 MiB")
    func presets() throws {
        #expect(Argon2id.interactive == .init(operations: 2, memoryBytes: 67_108_864))
        #expect(Argon2id.moderate == .init(operations: 3, memoryBytes: 268_435_456))
    }

    @Test(
        "Parameters outside their bounds are refused",
        arguments: [
            (15, 1, 8_192, 32), (17, 1, 8_192, 32), (16, 0, 8_192, 32), (16, 65, 8_192, 32),
            (16, 1, 8_191, 32), (16, 1, 4_294_967_297, 32), (16, 1, -1, 32), (16, 1, 8_192, 15),
            (16, 1, 8_192, 1_025),
        ])
    func bounds(_ saltCount: Int, _ operations: UInt64, _ memoryBytes: Int, _ count: Int) {
        let password = bytes("a")
        #expect(throws: SodiumError.derivationParameters) {
            _ = try Argon2id.derive(
                password.span, salt: [UInt8](repeating: 0, count: saltCount),
                operations: operations, memoryBytes: memoryBytes, count: count)
        }
    }
}
