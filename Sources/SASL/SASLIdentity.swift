/// Who a client says it is, and as whom it wants to act.
package struct SASLIdentity: Sendable, Hashable {
    /// Who authenticates: not empty, without control characters.
    package let username: String
    /// As whom to act; empty for oneself.
    package let authorizationID: String

    /// Whether nobody else is to be acted for.
    package var isOneself: Bool { authorizationID.isEmpty || authorizationID == username }
}
