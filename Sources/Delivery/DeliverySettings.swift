package import References
package import Transport
package import VaultModel

/// What the operator decides about sending; no tenant and no token can change it.
package struct DeliverySettings: Sendable {
    /// Where connections may be opened to.
    package var egress: EgressPolicy
    /// What is permitted besides the safe rules.
    package var policy: TransportPolicy
    /// The proxies that connections may name, by their names in lower case.
    package var proxies: [String: ProxySettings]
    /// Which secrets may be kept elsewhere, and where.
    package var references: ExternalReferenceSettings

    /// Settings from their parts.
    package init(
        egress: EgressPolicy = .standard, policy: TransportPolicy = [],
        proxies: [String: ProxySettings] = [:],
        references: ExternalReferenceSettings = ExternalReferenceSettings()
    ) {
        self.egress = egress
        self.policy = policy
        self.proxies = proxies
        self.references = references
    }
}
