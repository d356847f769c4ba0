/// How much of a session a plan is for: a secret that is not needed stays closed.
package enum PlanExtent: Sendable, Hashable {
    /// Up to the connection, or to what is said in clear.
    case connection
    /// Up to TLS, which may take the key of a client certificate.
    case protection
    /// All of it.
    case login
}
