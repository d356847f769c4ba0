package import VaultModel

/// What the operator decides about sending; no tenant and no token can change it.
package struct DeliverySettings: Sendable {
    /// Where connections may be opened to.
    package var egress: EgressPolicy
    /// What is permitted besides the safe rules.
    package var policy: TransportPolicy

    /// Settings from their parts.
    package init(egress: EgressPolicy = .standard, policy: TransportPolicy = []) {
        self.egress = egress
        self.policy = policy
    }
}
