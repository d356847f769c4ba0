// swift-tools-version: 6.2
import PackageDescription

/// One list of settings for every Swift target.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("ImmutableWeakCaptures"),
]

func target(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name + "Tests", dependencies: dependencies, swiftSettings: strict)
}

// Lowest layer first; a target depends on targets above it in this list alone.
let package = Package(
    name: "Signet",
    products: [.executable(name: "vault", targets: ["vault"])],
    targets: [
        // C libraries
        .systemLibrary(
            name: "CSodium", pkgConfig: "libsodium", providers: [.apt(["libsodium-dev"])]),
        .systemLibrary(
            name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CUV", pkgConfig: "libuv", providers: [.apt(["libuv1-dev"])]),
        .target(name: "CGMime"),
        .systemLibrary(name: "CResolv"),
        // Foundations
        target("Explained"),
        target("Locking"),
        target("JSONCoding"),
        // The one Swift wrapper of each C library
        target("Sodium", ["CSodium", "Explained", "Locking"]),
        target("SQLite", ["CSQLite", "Explained", "Locking"]),
        target("TLS", ["COpenSSL", "Explained"]),
        target("EventLoop", ["CUV", "Explained", "Locking"]),
        target("MIME", ["CGMime", "Explained"]),
        target("Iconv", ["Explained"]),
        // Values and sans-I/O machines
        target("CommandLineCore", ["Explained"]),
        target("SMTPCore", ["Explained"]),
        target("POP3Core", ["Explained", "SMTPCore"]),
        target("HTTPCore", ["Explained", "Sodium"]),
        target("SecretJSON", ["Explained", "JSONCoding", "Sodium"]),
        target("SASL", ["Explained", "Sodium", "TLS"]),
        target("MailModel", ["Explained", "Iconv", "SMTPCore"]),
        target("VaultModel", ["Explained", "Iconv", "JSONCoding", "MailModel", "SMTPCore"]),
        target(
            "Transport",
            [
                "EventLoop", "Explained", "Locking", "SMTPCore", "Sodium", "TLS", "VaultModel",
            ]),
        target(
            "POP3Client",
            [
                "EventLoop", "Explained", "POP3Core", "SMTPCore", "Sodium", "TLS", "Transport",
            ]),
        target(
            "HTTPClient",
            [
                "EventLoop", "Explained", "HTTPCore", "Sodium", "TLS", "Transport", "VaultModel",
            ]),
        target(
            "OAuth",
            [
                "EventLoop", "Explained", "HTTPClient", "HTTPCore", "Locking", "SecretJSON",
                "Sodium", "TLS", "Transport", "VaultModel",
            ]),
        target(
            "References",
            [
                "EventLoop", "Explained", "HTTPClient", "HTTPCore", "JSONCoding", "Locking",
                "SecretJSON", "Sodium", "TLS", "VaultModel",
            ]),
        target("ConnectionProperties", ["Explained", "VaultModel"]),
        target("DNS", ["CResolv", "Explained", "Locking", "VaultModel"]),
        target("SMTPDiagnosis", ["DNS", "Explained", "SMTPCore", "TLS", "VaultModel"]),
        // The sealed vault
        target("Sealing", ["Explained", "Locking", "Sodium", "VaultModel"]),
        target(
            "VaultStore",
            ["Explained", "JSONCoding", "Locking", "SQLite", "Sealing", "Sodium", "VaultModel"]),
        // Services: who may do what, one SMTP session, the capture server, the resolver
        target("Access", ["Explained", "Locking", "Sealing", "Sodium", "TLS", "VaultModel"]),
        target(
            "SMTPClient",
            [
                "EventLoop", "Explained", "Locking", "SASL", "SMTPCore", "Sodium", "TLS",
                "Transport", "VaultModel",
            ]),
        target(
            "Sandbox",
            [
                "EventLoop", "Explained", "JSONCoding", "Locking", "MIME", "POP3Core", "SASL",
                "SMTPCore", "SQLite", "Sodium", "TLS", "VaultModel",
            ]),
        target(
            "Delivery",
            [
                "EventLoop", "Explained", "Locking", "OAuth", "POP3Client",
                "POP3Core", "References", "SMTPClient", "SMTPCore", "Sealing", "Sodium", "TLS",
                "Transport", "VaultModel", "VaultStore",
            ]),
        // Every verb of the product once, and the ways to them
        target(
            "Operations",
            [
                "Access", "ConnectionProperties", "DNS", "Delivery", "EventLoop", "Explained",
                "Iconv", "JSONCoding", "Locking", "MailModel", "OAuth", "References", "SMTPClient",
                "SMTPCore", "SMTPDiagnosis", "SQLite", "Sandbox", "Sealing", "SecretJSON", "Sodium",
                "TLS", "Transport", "VaultModel", "VaultStore",
            ]),
        target(
            "Control",
            [
                "Access", "Delivery", "EventLoop", "JSONCoding", "Locking", "Operations", "SASL",
                "Sandbox",
                "Sodium", "VaultModel",
            ]),
        // The program; not optimised, since the optimiser of Swift 6.3.1 crashes on its
        // asynchronous closures
        .target(
            name: "VaultCLI",
            dependencies: [
                "Access", "CommandLineCore", "ConnectionProperties", "Control", "Delivery",
                "Explained", "JSONCoding", "Operations", "References", "SMTPDiagnosis", "Sandbox",
                "Sodium",
                "Transport", "VaultModel", "VaultStore",
            ], swiftSettings: strict + [.unsafeFlags(["-Onone"], .when(configuration: .release))]),
        .executableTarget(name: "vault", dependencies: ["VaultCLI"], swiftSettings: strict),
        // Tests, in the same order
        .target(
            name: "TestSupport", dependencies: ["DNS", "JSONCoding", "Locking", "VaultModel"],
            path: "Tests/TestSupport", swiftSettings: strict),
        .target(name: "SeededRandom", path: "Tests/SeededRandom", swiftSettings: strict),
        tests("Locking", ["Locking"]),
        tests("JSONCoding", ["JSONCoding", "SeededRandom"]),
        tests("Sodium", ["Explained", "SeededRandom", "Sodium", "TestSupport"]),
        .executableTarget(
            name: "sqlite-test-child", dependencies: ["SQLite"], path: "Tests/SQLiteTestChild",
            swiftSettings: strict),
        tests("SQLite", ["Explained", "Locking", "SQLite", "TestSupport", "sqlite-test-child"]),
        tests("TLS", ["Explained", "SeededRandom", "TLS", "TestSupport"]),
        tests("EventLoop", ["EventLoop", "Locking", "SeededRandom"]),
        tests("MIME", ["MIME"]),
        tests("Iconv", ["Iconv"]),
        tests("CommandLineCore", ["CommandLineCore", "Explained", "SeededRandom"]),
        tests("SMTPCore", ["Explained", "SeededRandom", "SMTPCore"]),
        tests("POP3Core", ["Explained", "POP3Core", "SMTPCore"]),
        tests("SASL", ["Explained", "SASL", "Sodium", "TLS"]),
        .testTarget(
            name: "MailModelTests",
            dependencies: ["Iconv", "MIME", "MailModel", "SeededRandom", "SMTPCore"],
            exclude: ["check.py"], swiftSettings: strict),
        .target(
            name: "HTTPTestServer", dependencies: ["EventLoop", "Locking", "Sodium", "TLS"],
            path: "Tests/HTTPTestServer", swiftSettings: strict),
        .executableTarget(
            name: "pop3-login",
            dependencies: [
                "EventLoop", "JSONCoding", "Locking", "POP3Client", "POP3Core", "SMTPCore",
                "Sodium", "TLS", "Transport", "VaultModel",
            ], path: "Tests/POP3Login", swiftSettings: strict),
        tests("HTTPCore", ["Explained", "HTTPCore", "Sodium"]),
        tests("SecretJSON", ["Explained", "JSONCoding", "SecretJSON", "Sodium"]),
        tests(
            "HTTPClient",
            [
                "EventLoop", "Explained", "HTTPClient", "HTTPCore", "HTTPTestServer", "Sodium",
                "TLS", "Transport", "VaultModel",
            ]),
        tests(
            "OAuth",
            [
                "EventLoop", "Explained", "HTTPClient", "HTTPCore", "HTTPTestServer", "Locking",
                "OAuth", "SecretJSON", "Sodium", "TLS", "Transport", "VaultModel",
            ]),
        tests(
            "References",
            [
                "EventLoop", "Explained", "HTTPClient", "HTTPCore", "HTTPTestServer", "References",
                "Sodium", "TLS", "reference-probe",
            ]),
        tests(
            "POP3Client",
            [
                "EventLoop", "Explained", "Locking", "POP3Client", "POP3Core", "SMTPCore",
                "Sodium", "TLS", "Transport", "VaultModel",
            ]),
        tests(
            "ConnectionProperties",
            ["ConnectionProperties", "Explained", "JSONCoding", "VaultModel"]),
        tests("DNS", ["DNS", "Locking", "TestSupport", "VaultModel"]),
        tests(
            "SMTPDiagnosis",
            [
                "DNS", "EventLoop", "Explained", "JSONCoding", "Locking", "SMTPCore",
                "SMTPDiagnosis", "TLS", "TestSupport", "VaultModel",
            ]),
        .executableTarget(
            name: "reference-probe",
            dependencies: ["EventLoop", "Explained", "HTTPCore", "References", "Sodium"],
            path: "Tests/ReferenceProbe", swiftSettings: strict),
        .executableTarget(
            name: "sandbox-server", dependencies: ["EventLoop", "Sandbox", "Sodium", "VaultModel"],
            path: "Tests/SandboxServer", swiftSettings: strict),
        tests(
            "Sandbox",
            [
                "EventLoop", "JSONCoding", "Locking", "Sandbox", "sandbox-server", "SASL",
                "SeededRandom", "SMTPCore", "Sodium", "SQLite", "TestSupport", "TLS", "VaultModel",
            ]),
        tests(
            "SMTPClient",
            [
                "EventLoop", "Explained", "Locking", "SASL", "SMTPClient", "SMTPCore", "Sodium",
                "TLS", "Transport", "VaultModel",
            ]),
        tests(
            "Transport",
            [
                "EventLoop", "Explained", "Locking", "SMTPCore", "Sodium", "TLS", "Transport",
                "VaultModel",
            ]),
        tests("VaultModel", ["Explained", "JSONCoding", "SeededRandom", "SMTPCore", "VaultModel"]),
        tests(
            "Sealing",
            ["Explained", "JSONCoding", "Sealing", "SeededRandom", "Sodium", "VaultModel"]),
        tests(
            "VaultStore",
            [
                "CSQLite", "JSONCoding", "Sealing", "SeededRandom", "Sodium", "SQLite",
                "VaultModel", "VaultStore",
            ]),
        .executableTarget(
            name: "store-bench",
            dependencies: [
                "Access", "Delivery", "Locking", "Operations", "Sealing", "Sodium", "VaultModel",
                "VaultStore",
            ], path: "Tests/StoreBench", swiftSettings: strict),
        // A file system of SQLite's that loses what was not synchronised
        .target(
            name: "CrashVFS", path: "Tests/CrashVFS", linkerSettings: [.linkedLibrary("sqlite3")]),
        tests("Access", ["Access", "Sodium", "VaultModel"]),
        .executableTarget(
            name: "answer-timing",
            dependencies: ["Access", "Delivery", "Operations", "Sodium", "VaultModel"],
            path: "Tests/AnswerTiming", swiftSettings: strict),
        tests(
            "Operations",
            [
                "Access", "CrashVFS", "Delivery", "EventLoop", "Explained", "HTTPTestServer",
                "JSONCoding",
                "Locking", "OAuth", "Operations", "References", "SMTPDiagnosis", "Sandbox",
                "Sealing", "Sodium", "TLS", "VaultModel", "VaultStore",
            ]),
        tests(
            "Control",
            [
                "Access", "Control", "Delivery", "Explained", "Operations", "Sealing", "Sodium",
                "VaultModel",
                "VaultStore",
            ]),
        tests(
            "VaultCLI",
            [
                "Access", "CommandLineCore", "Control", "Delivery", "HTTPCore", "JSONCoding",
                "Operations", "References", "Sandbox", "Sodium", "TLS", "Transport", "VaultCLI",
                "VaultModel", "VaultStore",
            ]),
    ]
)
