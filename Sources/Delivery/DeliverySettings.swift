package import VaultModel

/// What the operator decides about sending; no tenant and no token can change it.
package struct DeliverySettings: Sendable {
    /// Where connections may be opened to.
    package var egress: EgressPolicy

    /// Settings with the egress policy given.
    package init(egress: EgressPolicy = .standard) { self.egress = egress }
}
