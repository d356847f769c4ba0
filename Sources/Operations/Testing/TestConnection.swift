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

/// `vault connection test NAME[@ENV] [--draft [--retarget]] | --file F.json [--until STEP] [--send]
/// [--debug]`.
///
/// A test that fails is an answer, not an error. Unsaved settings that name a secret take the right
/// to retarget, since the secret goes wherever they point; so does a draft whose secrets are not
/// bound to where it points. No secret is opened for a step that does not need it.
package struct TestConnection: OperationRequest {
    package typealias Response = ConnectionTestReport
    package static let operation = OperationName.connectionTest

    /// Which connection; `nil` for unsaved settings.
    package var reference: ConnectionReference?
    /// Settings that are not saved.
    package var unsaved: UnsavedConnection?
    /// Tests what is saved of the connection and not deployed.
    package var draft: Bool?
    /// Lets the secrets of a draft be used for where it points, in this test alone.
    package var retarget: Bool?
    /// The last step.
    package var until: TestStepName
    /// Whether one mail goes to the test address.
    package var sendsMail: Bool
    /// Whether the answer holds the dialogue.
    package var withDialogue: Bool

    /// Asks for a test of a saved connection.
    package init(
        reference: ConnectionReference, draft: Bool = false, retarget: Bool = false,
        until: TestStepName = .auth, sendsMail: Bool = false, withDialogue: Bool = false
    ) {
        self.reference = reference
        self.draft = draft
        self.retarget = retarget
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

    package var object: AccessObject {
        reference.map { AccessObject($0) }
            ?? unsaved.map { .connection($0.name, $0.environment) } ?? .vault
    }
    package var auditObject: String {
        reference.map { "connection/\($0)" }
            ?? unsaved.map { "connection/\($0.name)@\($0.environment.rawValue) (unsaved)" } ?? ""
    }

    package var furtherPermissions: [Permission] {
        (unsaved?.settings.furtherPermissions(to: ConnectionSettings(host: "", from: "")) ?? [])
            + (retarget == true ? [.connectionRetarget] : [])
            + (withDialogue ? [.connectionDebug] : [])
    }
}
