private import Access
package import SMTPDiagnosis
package import VaultModel

/// Settings that are not saved, as a file describes them.
package struct UnsavedConnection: Sendable, Codable {
    /// What reports call it.
    package var name: ResourceName
    /// The environment whose variables and rules hold.
    package var environment: DeploymentEnvironment
    /// The settings.
    package var settings: ConnectionSettings

    /// Settings to try.
    package init(
        name: ResourceName, environment: DeploymentEnvironment, settings: ConnectionSettings
    ) {
        self.name = name
        self.environment = environment
        self.settings = settings
    }
}

/// What a test of a connection found, step by step (`docs/diagnosis.md`).
package struct ConnectionTestReport: Sendable, Codable {
    /// Whether no step failed.
    package var ok: Bool
    /// The connection, as `NAME@ENVIRONMENT`.
    package var connection: String
    /// Every step, in order.
    package var steps: [TestStep]
    /// The dialogue with every credential masked, when it was asked for.
    package var dialogue: [String]?
}

/// `vault connection test NAME[@ENV] | --file F.json [--until STEP] [--send] [--debug]`.
///
/// A test that fails is an answer, not an error. Unsaved settings that name a secret take the right
/// to retarget, since the secret goes wherever they point.
package struct TestConnection: OperationRequest {
    package typealias Response = ConnectionTestReport
    package static let operation = OperationName.connectionTest

    /// Which connection; `nil` for unsaved settings.
    package var reference: ConnectionReference?
    /// Settings that are not saved.
    package var unsaved: UnsavedConnection?
    /// The last step.
    package var until: TestStepName
    /// Whether one mail goes to the test address.
    package var sendsMail: Bool
    /// Whether the answer holds the dialogue.
    package var withDialogue: Bool

    /// Asks for a test of a saved connection.
    package init(
        reference: ConnectionReference, until: TestStepName = .auth, sendsMail: Bool = false,
        withDialogue: Bool = false
    ) {
        self.reference = reference
        self.until = until
        self.sendsMail = sendsMail
        self.withDialogue = withDialogue
    }

    /// Asks for a test of unsaved settings.
    package init(
        unsaved: UnsavedConnection, until: TestStepName = .auth, sendsMail: Bool = false,
        withDialogue: Bool = false
    ) {
        self.unsaved = unsaved
        self.until = until
        self.sendsMail = sendsMail
        self.withDialogue = withDialogue
    }

    package var auditObject: String {
        reference.map { "connection/\($0)" }
            ?? unsaved.map { "connection/\($0.name)@\($0.environment.rawValue) (unsaved)" } ?? ""
    }

    package var furtherPermissions: [Permission] {
        unsaved?.settings.furtherPermissions(to: ConnectionSettings(host: "", from: "")) ?? []
    }
}
