/// How people name a connection: `NAME` or `NAME@ENVIRONMENT`.
package struct ConnectionReference: Hashable, Sendable, Codable {
    /// The connection's name.
    package let name: ResourceName
    /// The environment, or `nil` when the name alone was given.
    package let environment: DeploymentEnvironment?

    /// The variant of `name` in `environment`.
    package init(name: ResourceName, environment: DeploymentEnvironment?) {
        self.name = name
        self.environment = environment
    }

    /// Reads `NAME` or `NAME@ENVIRONMENT`.
    package init(parsing text: String) throws(ModelError) {
        let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        name = try ResourceName(parts.first.map(String.init) ?? "", field: "connection")
        environment =
            parts.count == 2 ? try DeploymentEnvironment(parsing: String(parts[1])) : nil
    }
}

// MARK: - CustomStringConvertible

extension ConnectionReference: CustomStringConvertible {
    package var description: String {
        environment.map { "\(name)@\($0.rawValue)" } ?? name.text
    }
}
