internal import CommandLineCore
internal import VaultModel

/// Values of the product's own types.
extension Invocation {
    /// The name that was given.
    func name(_ label: String, field: String = "name") throws -> ResourceName {
        try ResourceName(try string(label), field: field)
    }

    /// `NAME` or `NAME@ENVIRONMENT`.
    func reference(_ label: String) throws -> ConnectionReference {
        try ConnectionReference(parsing: try string(label))
    }

    /// The environment that was given, or `nil`.
    func deploymentEnvironment(_ label: String = "env") throws -> DeploymentEnvironment? {
        try optionalString(label).map { text throws(ModelError) in
            try DeploymentEnvironment(parsing: text)
        }
    }

    /// The most rows to show.
    func limit() throws -> Int {
        try int("limit", in: 1...VaultLimits.listRows) ?? VaultLimits.listRows
    }
}

extension OptionSpec {
    /// `--env ENV`.
    static func environment(_ help: String, required: Bool) -> OptionSpec {
        .value(
            "env", "ENV", help,
            form: .choice(
                DeploymentEnvironment.allCases.map(\.rawValue),
                accepting: ["dev": "development", "prod": "production"]), required: required)
    }

    /// `--limit N`.
    static func limit(default rows: Int) -> OptionSpec {
        .value("limit", "N", "The most to show, newest first.", default: "\(rows)")
    }
}
