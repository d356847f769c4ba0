package import EventLoop
private import Locking
internal import OAuth
internal import References
package import Sodium
internal import TLS
package import VaultModel
package import VaultStore

/// The sandbox's socket, and the name to greet it with, which tells whose mail it is.
package struct SandboxSink: Sendable {
    let path: String
    let localDomain: String

    /// A sink from its parts.
    package init(path: String, localDomain: String) {
        self.path = path
        self.localDomain = localDomain
    }
}

/// Turns resolved connections into session plans, and holds what sessions share: the loop, the TLS
/// contexts and the access tokens, each made when first needed.
///
/// This is the only place where a secret is opened for use; the plan's credential lives in locked
/// memory until the session has authenticated.
package final class Delivery: Sendable {
    /// Stores what replaces a version's value: a refresh token that its server has changed.
    package typealias Replace =
        @Sendable (SecretVersionRecord, borrowing SecretBytes) async throws -> Void

    /// Where the mail of a tenant's Test connections goes, given the name that the connection would
    /// greet with.
    package typealias Sink =
        @Sendable (TenantID, _ localDomain: String) async throws -> SandboxSink

    private struct Shared: Sendable {
        var loop: EventLoop?
        var contexts: [TLSClientPolicy: TLSContext] = [:]
    }

    /// What the operator decided.
    package let settings: DeliverySettings
    let sink: Sink
    let replace: Replace
    let references: ExternalReferenceResolver
    let tokens = OAuthTokenCache()
    private let shared = Locked(Shared())
    /// The most TLS contexts that are kept: one for each authority and set of pins in use.
    private static let contextLimit = 256

    /// Sends as `settings` say; `sink` gives the sandbox's socket.
    ///
    /// - Throws: `ReferenceError` when the settings of references cannot be used.
    package init(
        settings: DeliverySettings, sink: @escaping Sink,
        replace: @escaping Replace
    ) throws {
        self.settings = settings
        self.sink = sink
        self.replace = replace
        references = try ExternalReferenceResolver(settings.references)
    }

    /// The loop on which sessions run.
    package func loop() throws -> EventLoop {
        try shared.withLock { shared in
            if let loop = shared.loop { return loop }
            let loop = try EventLoop(name: "delivery")
            try loop.start()
            shared.loop = loop
            return loop
        }
    }

    /// The context of a policy, made once: loading the authorities takes long.
    ///
    /// One that holds a private key lives as long as its session alone.
    func context(_ policy: TLSClientPolicy) throws -> TLSContext {
        guard policy.identity == nil else { return try TLSContext.client(policy) }
        if let known = shared.withLock({ $0.contexts[policy] }) { return known }
        let made = try TLSContext.client(policy)
        return shared.withLock { shared in
            if shared.contexts.count >= Self.contextLimit { shared.contexts = [:] }
            shared.contexts[policy] = made
            return made
        }
    }

    /// Tells that the server has refused the login of a session, so that the next one renews its
    /// access token.
    package func loginWasRefused(_ resolved: ResolvedConnection, candidate: Int) {
        guard resolved.candidates.indices.contains(candidate) else { return }
        tokens.discard(Self.tokenKey(resolved.candidates[candidate]))
    }

    /// Under which an access token is kept.
    static func tokenKey(_ version: SecretVersionRecord) -> String { "\(version.id)" }

    /// Checks a reference to a secret that is kept elsewhere: its form, and unless the operator
    /// stores it, whether the settings permit it.
    package func check(reference text: String, isApproved: Bool) throws {
        let reference = try ExternalReference(parsing: text)
        if !isApproved { try references.check(reference) }
    }

    /// Ends the loop; sessions are over by then.
    package func close() async {
        let loop = shared.withLock { shared in
            defer { shared = Shared() }
            return shared.loop
        }
        await loop?.stop()
    }
}
