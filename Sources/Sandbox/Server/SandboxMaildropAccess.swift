/// What a POP3 login opens.
package struct SandboxMaildropAccess: Sendable, Hashable {
    /// Which inbox.
    package enum Place: Sendable, Hashable {
        /// This one and no other.
        case inbox(SandboxPlace)
        /// The one that mail for this name goes to: `default` where there is none of the name.
        case deliveries(String)
    }

    /// Which inbox.
    package let place: Place
    /// Whether its messages may be deleted.
    package let mayDelete: Bool

    /// Grants access.
    package init(_ place: Place, mayDelete: Bool) {
        self.place = place
        self.mayDelete = mayDelete
    }
}
