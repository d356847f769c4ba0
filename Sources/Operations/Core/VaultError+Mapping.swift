private import Access
private import ConnectionProperties
private import Delivery
private import EventLoop
private import Explained
private import Iconv
private import JSONCoding
private import MailModel
private import OAuth
private import References
private import SQLite
private import Sandbox
private import Sealing
private import Sodium
private import TLS
private import VaultModel
private import VaultStore

extension VaultError {
    /// The error that people see for whatever a lower layer threw.
    package init(wrapping error: any Error) {
        switch error {
        case let error as VaultError: self = error
        case let error as TokenRefusal: self.init(.denied, error.code, error)
        case let error as ModelError: self.init(.usage, "validation", error)
        case let error as PropertyError: self.init(.usage, error.code.rawValue, error)
        case let error as ReferenceError: self.init(reference: error)
        case let error as OAuthFailure: self.init(oauth: error)
        case let error as TLSError: self.init(.failed, "tls", error)
        case let error as StoreError: self.init(store: error)
        case let error as SQLiteError: self.init(database: error)
        case let error as SealingError: self.init(sealing: error)
        case let error as SodiumError: self.init(.failed, "secure-memory", error)
        case let error as DeliveryError: self.init(delivery: error)
        case let error as SandboxError: self.init(sandbox: error)
        case let error as PasswordError: self.init(password: error)
        case let error as ComposeError: self.init(.usage, "validation", error)
        case let error as CharsetError: self.init(.failed, "charset", error)
        case let error as EventLoopError: self.init(.unreachable, "network", error)
        case let error as JSONCoding.Failure:
            self.init(
                .integrity, "unreadable-record", "a record does not read: \(error.reason)",
                "restore a backup")
        case let error as any ExplainedError: self.init(.failed, "failed", error)
        case is CancellationError:
            self.init(.failed, "cancelled", "the request was cancelled", "try again")
        default: self.init(.failed, "internal", "an unforeseen error: \(error)", "report it")
        }
    }

    /// What is answered when the audit log could not be written because of `error`.
    init(unrecorded error: any Error) {
        let inner = VaultError(wrapping: error)
        // Tampering and the log's own refusals are said as they are.
        guard inner.exit != .integrity, inner.code != "audit-unavailable" else {
            self = inner
            return
        }
        self.init(
            inner.exit, "audit-unavailable", "the audit log cannot be written: \(inner.cause)",
            inner.remedy)
    }

    private init(_ exit: Exit, _ code: String, _ error: any ExplainedError) {
        let (cause, remedy) = error.explanation
        self.init(exit, code, cause, remedy)
    }

    private init(delivery error: DeliveryError) {
        switch error {
        case .disabled: self.init(.conflict, "connection-disabled", error)
        case .destinationChanged: self.init(.conflict, "destination-changed", error)
        case .noCurrentVersion, .versionGone, .certificateGone, .proxyUnknown:
            self.init(.conflict, "dependency-missing", error)
        case .unavailable: self.init(.failed, "unavailable", error)
        }
    }

    private init(reference error: ReferenceError) {
        switch error {
        case .malformed: self.init(.usage, "reference", error)
        case .notPermitted: self.init(.denied, "reference", error)
        case .exchange: self.init(.unreachable, "reference", error)
        default: self.init(.failed, "reference", error)
        }
    }

    private init(oauth error: OAuthFailure) {
        switch error {
        case _ where error.isMalformedSecret: self.init(.failed, "oauth-secret", error)
        case .refused where error.isCredentialFailure: self.init(.failed, "auth-failed", error)
        case .notStored, .endedUnstored: self.init(.failed, "token-not-stored", error)
        case .secureMemory: self.init(.failed, "secure-memory", error)
        default: self.init(.unreachable, "token-endpoint", error)
        }
    }

    private init(password error: PasswordError) {
        switch error {
        case .busy: self.init(.failed, "overloaded", error)
        case .missing: self.init(.usage, "validation", error)
        case .memory: self.init(.failed, "secure-memory", error)
        }
    }

    private init(sandbox error: SandboxError) {
        switch error {
        case .store(let inner): self.init(database: inner)
        case .listener: self.init(.conflict, "address-in-use", error)
        case .noSuchInbox, .noSuchMessage: self.init(.notFound, "not-found", error)
        case .inboxExists, .defaultInboxStays, .tooManyInboxes:
            self.init(.conflict, "conflict", error)
        case .invalidQuery, .invalidSetting, .invalidName, .credentialFile:
            self.init(.usage, "validation", error)
        default: self.init(.failed, "sandbox", error)
        }
    }

    private init(store error: StoreError) {
        switch error {
        case .noVault: self.init(.notFound, "no-vault", error)
        case .exists: self.init(.conflict, "vault-exists", error)
        case .newerFormat: self.init(.conflict, "newer-format", error)
        case .tampered: self.init(.integrity, "tampered", error)
        case .notAsTold: self.init(.integrity, "rows-untold", error)
        case .stale: self.init(.conflict, "stale-revision", error)
        case .duplicate: self.init(.conflict, "exists", error)
        case .auditUnavailable: self.init(.failed, "audit-unavailable", error)
        case .wrongAuditor, .auditorThere: self.init(.sealed, "wrong-key", error)
        case .rolledBack: self.init(.integrity, "rolled-back", error)
        case .anchorMissing, .anchorAltered, .anchorForeign:
            self.init(.integrity, "anchor", error)
        case .database(let inner): self.init(database: inner)
        case .sealing(let inner): self.init(sealing: inner)
        }
    }

    private init(database error: SQLiteError) {
        switch error {
        case .missing: self.init(.notFound, "no-vault", error)
        case .notADatabase, .foreignDatabase, .truncated, .corrupt:
            self.init(.integrity, "corrupt", error)
        case .diskFull: self.init(.failed, "disk-full", error)
        case .busy: self.init(.conflict, "busy", error)
        case .wrongType: self.init(.integrity, "tampered", error)
        case .overloaded: self.init(.failed, "overloaded", error)
        default: self.init(.failed, "database", error)
        }
    }

    private init(sealing error: SealingError) {
        switch error {
        case .notAuthentic, .unknownFormat, .unknownKey: self.init(.integrity, "tampered", error)
        case .keyFileMissing, .noKeyFile: self.init(.sealed, "key-missing", error)
        case .keyFileUnsafe: self.init(.sealed, "key-unsafe", error)
        case .keyFileForeign: self.init(.sealed, "key-damaged", error)
        case .wrongKey: self.init(.sealed, "wrong-key", error)
        case .recoveryCodeMistyped: self.init(.usage, "recovery-code", error)
        case .auditorKeyForeign: self.init(.usage, "auditor-key", error)
        case .identityForeign: self.init(.sealed, "identity-damaged", error)
        case .recipientMalformed: self.init(.usage, "recipient", error)
        case .fileExists: self.init(.conflict, "exists", error)
        case .commandMalformed: self.init(.usage, "validation", error)
        case .file: self.init(.failed, "file", error)
        case .sodium(let inner): self.init(.failed, "secure-memory", inner)
        case .slotUnsound: self.init(.integrity, "tampered", error)
        case .shareNumbers: self.init(.usage, "validation", error)
        case .shareMistyped: self.init(.usage, "share-mistyped", error)
        case .shareForeign: self.init(.sealed, "share-of-another-set", error)
        case .shareRepeated: self.init(.conflict, "share-repeated", error)
        case .sharesMissing: self.init(.sealed, "shares-missing", error)
        case .passphraseLength: self.init(.usage, "passphrase", error)
        case .credentialMissing: self.init(.sealed, "credential-missing", error)
        case .protectorUnsafe: self.init(.sealed, "protector-unsafe", error)
        case .keyMalformed: self.init(.sealed, "key-malformed", error)
        case .commandFailed: self.init(.sealed, "command-failed", error)
        }
    }
}
