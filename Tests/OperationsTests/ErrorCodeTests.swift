import Delivery
import OAuth
import Operations
import References
import Sealing
import Testing
import VaultModel
import VaultStore

@Suite("Codes of errors")
struct ErrorCodeTests {
    /// An error of a lower layer, and what people and scripts get.
    struct Case: Sendable, CustomTestStringConvertible {
        let error: any Error
        let exit: VaultError.Exit
        let code: String

        init(_ error: any Error, _ exit: VaultError.Exit, _ code: String) {
            self.error = error
            self.exit = exit
            self.code = code
        }

        var testDescription: String { "\(error)" }
    }

    static let cases = [
        Case(ModelError("field", "is odd", accepted: "even"), .usage, "validation"),
        Case(DeliveryError.disabled("a@test"), .conflict, "connection-disabled"),
        Case(DeliveryError.destinationChanged("a@test"), .conflict, "destination-changed"),
        Case(DeliveryError.noCurrentVersion("a@test"), .conflict, "dependency-missing"),
        Case(DeliveryError.versionGone("a@test"), .conflict, "dependency-missing"),
        Case(DeliveryError.certificateGone("a@test"), .conflict, "dependency-missing"),
        Case(DeliveryError.proxyUnknown("p"), .conflict, "dependency-missing"),
        Case(DeliveryError.unavailable("x"), .failed, "unavailable"),
        Case(OAuthFailure.missingMember("client_id"), .failed, "oauth-secret"),
        Case(OAuthFailure.unexpectedStatus(503), .unreachable, "token-endpoint"),
        Case(ReferenceError.malformed("x"), .usage, "reference"),
        Case(ReferenceError.notPermitted("x"), .denied, "reference"),
        Case(ReferenceError.noFile("x"), .failed, "reference"),
        Case(OAuthFailure.notStored("x"), .failed, "token-not-stored"),
        Case(StoreError.stale(what: "x"), .conflict, "stale-revision"),
        Case(StoreError.tampered(what: "x"), .integrity, "tampered"),
        Case(SealingError.keyFileMissing(path: "/x"), .sealed, "key-missing"),
        Case(SealingError.noKeyFile(path: "/x"), .sealed, "key-missing"),
        Case(StoreError.auditorThere, .sealed, "wrong-key"),
        Case(SealingError.fileExists(path: "/x"), .conflict, "exists"),
        Case(SealingError.commandMalformed(program: "x"), .usage, "validation"),
        Case(SealingError.protectorUnsafe(path: "/x", why: "is odd"), .sealed, "protector-unsafe"),
        Case(CancellationError(), .failed, "cancelled"),
    ]

    @Test("Each error of a lower layer has its code and exit code", arguments: cases)
    func codes(_ item: Case) {
        let error = VaultError(wrapping: item.error)
        #expect(error.exit == item.exit)
        #expect(error.code == item.code)
        #expect(!error.cause.isEmpty)
    }
}
