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
        let later: [(Bool, String)] = [
            (pool.mode == .reuse, "pool.mode=reuse"), (!failover.targets.isEmpty, "failover"),
        ]
        for (isSet, name) in later where isSet {
            warnings.append("\(name) is stored, and has no effect in this version")
        }
        return warnings
    }

    /// Whether a domain has an A-label whose text mixes Latin with Cyrillic or Greek (UTS 39 §5.1).
    private var mixesScripts: Bool {
        [host, from.address].contains { text in
            DomainName.mixesScripts(String(text.split(separator: "@").last ?? ""))
        }
    }
}
