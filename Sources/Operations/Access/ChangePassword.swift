package import Access
package import VaultModel
internal import VaultStore

/// What changing the own password came to.
package struct PasswordChange: Sendable, Codable {
    /// Whose password it is.
    package var principal: ResourceName
    /// How many other sessions of theirs it ended.
    package var endedSessions: Int
}

/// `vault principal password`: whoever is logged in replaces the own password.
///
/// The request's secret is the password that holds, the new one, and the code if logging in takes
/// one, each on a line. A session alone is not enough: whoever finds a terminal open cannot lock its
/// owner out. Failures count as those of logging in do. The session that asks goes on, the others
/// end.
package struct ChangePassword: OperationRequest {
    package typealias Response = PasswordChange
    package static let operation = OperationName.principalChangePassword

    /// Asks for another password.
    package init() {}

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<PasswordChange> {
        guard let id = context.principal.id, let session = context.principal.token else {
            throw VaultError(
                .conflict, "no-session", "the local operator has no password",
                "log in as a person, or use vault principal set-password")
        }
        let tenant = context.tenant
        let record = try await context.vault.store.read { transaction in
            try transaction.find(PrincipalRecord.self, id, in: tenant)
        }
        guard let record else { throw VaultError.unauthenticated }
        try record.requirePerson()
        let lines = try context.secret?.lines(atMost: 3) ?? []
        guard lines.count >= 2 else {
            throw VaultError.invalid(
                "the password that holds and a new one did not come",
                "give them on two lines, and the code on a third if there is one")
        }
        let fresh = try lines[1].fit()
        let account = "\(tenant)/\(record.content.name.folded)"
        let source = context.principal.name
        let desk = context.vault.logins
        do {
            return try await desk.attempt(account: account, source: source) {
                guard try await desk.passwords.check(lines[0], against: record.content.password)
                else { throw WrongCredential(reason: "password") }
                let password = try await desk.passwords.hash(fresh)
                let detail = ["principal": record.auditName]
                return OperationReply(
                    try await context.commit(detail: detail) { transaction in
                        var current = try transaction.requireUnchanged(record)
                        if current.content.hasCode {
                            current.content.lastStep = try transaction.acceptedStep(
                                lines.count > 2 ? lines[2] : nil, of: current)
                        }
                        current.content.password = password
                        let ended = try transaction.endSessions(of: current, except: session)
                        try transaction.update(current)
                        return PasswordChange(
                            principal: current.content.name, endedSessions: ended)
                    })
            }
        } catch let wrong as WrongCredential {
            throw try await context.refuse(wrong.reason)
        }
    }
}
