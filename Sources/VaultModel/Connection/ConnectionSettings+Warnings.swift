private import SMTPCore

extension ConnectionSettings {
    /// What is unusual about the settings, or stored and not yet of effect, for people.
    package var warnings: [String] {
        var warnings: [String] = []
        if !tls.verifyPeer {
            warnings.append(
                "tls.verify_peer=false: anyone on the way can read the mail and the password")
        }
        let decision = transport
        if decision.protection == .starttls, [465, 2465, 8465].contains(decision.port) {
            warnings.append("port \(decision.port) usually takes encryption=implicit_tls")
        }
        if decision.protection == .implicitTLS, [25, 587, 2587].contains(decision.port) {
            warnings.append("port \(decision.port) usually takes encryption=starttls")
        }
        if decision.protection == .plain, !LoopbackName.matches(host) {
            warnings.append("the mail crosses the network in clear")
        }
        if mixesScripts {
            warnings.append("a name mixes letters of several scripts: check its spelling")
        }
        let later = notYetApplied
        if !later.isEmpty {
            warnings.append(
                "\(later.joined(separator: ", ")) \(later.count == 1 ? "is" : "are") stored, and "
                    + "\(later.count == 1 ? "has" : "have") no effect in this version (\(Self.notHeededYet))"
            )
        }
        return warnings
    }

    /// The code of warnings about ``fieldsWithoutEffect``, for programs.
    package static let notHeededYet = "not_heeded_yet"

    /// Fields that no session heeds yet; ``Rate/quotaGroup`` says nothing without a bound.
    package static let fieldsWithoutEffect: [ConnectionField] = [
        "scope", "deploy_to_worker", "pool.mode", "pool.max", "pool.idle_ms",
        "restart_threshold", "restart_threshold_sleep_s", "ping_threshold_s", "ping_command",
        "retry.interval_ms", "retry.max_attempts", "retry.expires_after_s", "failover.targets",
        "failover.retry_period_s", "rate.max_per_second", "rate.per_minute",
        "rate.recipients_per_day", "rate.max_concurrent",
    ].compactMap { ConnectionField.named($0) }

    /// The names of those that are not as by default.
    private var notYetApplied: [String] {
        Self.fieldsWithoutEffect.filter { $0.text(in: self) != $0.standard }.map(\.name)
    }

    /// Whether a domain has an A-label whose text mixes Latin with Cyrillic or Greek (UTS 39 §5.1).
    private var mixesScripts: Bool {
        [host, from.address].contains { text in
            DomainName.mixesScripts(String(text.split(separator: "@").last ?? ""))
        }
    }
}
