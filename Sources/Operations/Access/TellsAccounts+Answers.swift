private import SMTPDiagnosis
internal import VaultModel
internal import VaultStore

// Every answer that tells of accounts: `AccountCurtainTests` asks for all there are.
extension ConnectionSummary: TellsAccounts {
    func hiding(behind curtain: AccountCurtain) -> Self {
        guard !curtain.isOpen(for: .connection(name, environment)) else { return self }
        let own = curtain.naming(settings.accounts)
        var result = self
        result.settings = curtain.masked(settings)
        result.undeployed = curtain.masked(undeployed)
        result.warnings = warnings.map(own.masked)
        return result
    }
}

extension ConnectionRevisionSummary: TellsAccounts {
    func hiding(behind curtain: AccountCurtain) -> Self {
        guard !curtain.isOpen else { return self }
        var result = self
        result.changes = curtain.masked(changes)
        return result
    }
}

extension ConnectionDifference: TellsAccounts {
    func hiding(behind curtain: AccountCurtain) -> Self {
        guard !curtain.isOpen else { return self }
        var result = self
        result.changes = curtain.masked(changes)
        return result
    }
}

extension PromotionReport: TellsAccounts {
    func hiding(behind curtain: AccountCurtain) -> Self {
        guard !curtain.isOpen else { return self }
        var result = self
        result.changes = curtain.masked(changes)
        result.connection = connection?.hiding(behind: curtain)
        return result
    }
}

extension ConnectionTestReport: TellsAccounts {
    static var quotes: Bool { true }

    func hiding(behind curtain: AccountCurtain) -> Self {
        guard !curtain.isOpen else { return self }
        var result = self
        result.steps = steps.map { step in
            TestStep(
                step: step.step, status: step.status, ms: step.ms,
                evidence: curtain.masked(step.evidence), cause: step.cause.map(curtain.masked),
                action: step.action.map(curtain.masked))
        }
        result.dialogue = dialogue?.map(curtain.masked)
        return result
    }
}

extension MessageReport: TellsAccounts {
    static var quotes: Bool { true }
    var quotedConnections: [ConnectionReference]? {
        [ConnectionReference(name: connection.name, environment: connection.environment)]
    }

    func hiding(behind curtain: AccountCurtain) -> Self {
        guard !curtain.isOpen(for: .connection(connection.name, connection.environment)) else {
            return self
        }
        var result = self
        for index in recipients.indices {
            result.recipients[index].text = curtain.masked(recipients[index].text)
        }
        for (index, attempt) in attempts.enumerated() {
            result.attempts[index].explanation = curtain.masked(attempt.explanation)
            result.attempts[index].cause = attempt.cause.map(curtain.masked)
            result.attempts[index].action = attempt.action.map(curtain.masked)
            result.attempts[index].dialogue = attempt.dialogue?.map(curtain.masked)
        }
        return result
    }
}

extension RotationReport: TellsAccounts {
    static var quotes: Bool { true }

    func hiding(behind curtain: AccountCurtain) -> Self {
        guard !curtain.isOpen(for: .vault) else { return self }
        var result = self
        for index in tests.indices {
            result.tests[index].detail = curtain.masked(tests[index].detail)
        }
        for index in testsOfCurrent.indices {
            result.testsOfCurrent[index].detail = curtain.masked(testsOfCurrent[index].detail)
        }
        result.warnings = warnings.map(curtain.masked)
        return result
    }
}

extension DueReport: TellsAccounts {
    static var quotes: Bool { true }

    func hiding(behind curtain: AccountCurtain) -> Self {
        guard !curtain.isOpen(for: .vault) else { return self }
        var result = self
        for index in rotations.indices {
            result.rotations[index].detail = curtain.masked(rotations[index].detail)
            result.rotations[index].rotation = rotations[index].rotation?.hiding(behind: curtain)
        }
        return result
    }
}

extension SecretSummary: TellsAccounts {
    func hiding(behind curtain: AccountCurtain) -> Self {
        guard !curtain.isOpen(for: .vault) else { return self }
        var result = self
        result.policy?.users = (policy?.users ?? []).map { _ in AccountCurtain.mark }
        return result
    }
}
