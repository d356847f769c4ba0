/// Where a connection's mail goes: real servers, or the sandbox for ``test``.
package enum DeploymentEnvironment: String, Sendable, Hashable, Codable, CaseIterable {
    case development
    case test
    case production

    /// Reads a full name, or `dev` and `prod`.
    package init(parsing text: String) throws(ModelError) {
        switch text.lowercased() {
        case "development", "dev": self = .development
        case "test": self = .test
        case "production", "prod": self = .production
        default:
            throw ModelError(
                "environment", "'\(text)' is none", accepted: "development, test or production")
        }
    }
}
