internal import VaultModel

extension PropertyTranslator {
    /// How a message is handed over.
    mutating func decideTransaction() throws(PropertyError) {
        if given["mail.smtp.sendpartial"] == nil, namesServer {
            try set("recipient_failure", to: "abort", by: nil)
        }
        if let chunk = given["mail.smtp.chunksize"] {
            let isChunked = (Int(chunk.value) ?? 0) > 0
            try set("data_mode", to: isChunked ? "bdat" : "data", by: chunk.name)
            if isChunked {
                warn(chunk.name, "one_chunk", "is BDAT with the whole message as one chunk")
            }
        }
        try decideNotices()
        try decideExtension()
        try decideVersions()
    }

    private mutating func decideNotices() throws(PropertyError) {
        guard let notify = given["mail.smtp.dsn.notify"] else { return }
        let events = PropertyValue.words(notify.value).map { $0.lowercased() }
        let isKnown = events.allSatisfy(["never", "success", "failure", "delay"].contains)
        guard isKnown, Set(events).count == events.count,
            !events.contains("never") || events.count == 1
        else {
            throw PropertyError(
                .value, notify.name, "is none of the combinations of RFC 3461",
                accepted: "NEVER alone, or of SUCCESS, FAILURE, DELAY")
        }
        try set("dsn.notify", to: events.joined(separator: ","), by: notify.name)
    }

    /// The parameters of MAIL that have fields; raw text could smuggle others.
    private mutating func decideExtension() throws(PropertyError) {
        guard let given = given["mail.smtp.mailextension"] else { return }
        for word in given.value.uppercased().split(separator: " ") {
            if word == "REQUIRETLS" {
                try set("require_tls", to: "true", by: given.name)
            } else if word == "BODY=8BITMIME" {
                try set("eight_bit", to: "true", by: given.name)
            } else if word.hasPrefix("MT-PRIORITY="), let number = Int(word.dropFirst(12)),
                (-9...9).contains(number)
            {
                try set("mt_priority", to: String(number), by: given.name)
            } else {
                throw refusal("mail.smtp.mailextension")
            }
        }
    }

    private mutating func decideVersions() throws(PropertyError) {
        guard let given = given["mail.smtp.ssl.protocols"] else { return }
        let known = ["TLSv1.2": "1.2", "TLSv1.3": "1.3"]
        var versions: [String] = []
        for word in PropertyValue.words(given.value) {
            guard let version = known[word] else {
                throw PropertyError(
                    .value, given.name, "\(PropertyValue.quoted(word)) is not supported",
                    accepted: "TLSv1.2, TLSv1.3 or both")
            }
            versions.append(version)
        }
        guard let least = versions.min(), let most = versions.max() else { return }
        try set("tls.min_version", to: least, by: given.name)
        try set("tls.max_version", to: most, by: given.name)
    }

    // MARK: Symfony and Signet

    /// Options of Symfony Mailer, and failover targets.
    mutating func decideSymfony() throws(PropertyError) {
        let (auto, require) = (given["auto_tls"], given["require_tls"])
        if let auto, auto.value == "false" {
            if let require, require.value == "true" {
                throw PropertyError(
                    .conflict, require.name, "is true, but auto_tls is false",
                    accepted: "one of them")
            }
            try set("encryption", to: "none", by: auto.name)
            warn(auto.name, "no_tls", "is false: mail and password are not protected")
        } else if let require, require.value == "true",
            assignments["encryption"]?.value != "implicit_tls"
        {
            try set("encryption", to: "starttls", by: require.name)
        }
        if let domain = given["local_domain"] {
            try set("local_domain", to: Self.literal(domain.value), by: domain.name)
        }
        if let pin = given["peer_fingerprint"] {
            let digits = ConnectionField.normalPin(pin.value)
            guard Hex.decode(digits)?.count == 32 else {
                throw PropertyError(
                    .refused, pin.name, "is no SHA-256 digest; MD5 and SHA-1 can be forged",
                    accepted: "64 hexadecimal digits: openssl x509 -noout -fingerprint -sha256")
            }
            try set("tls.fingerprints_sha256", to: digits, by: pin.name)
        }
        if let failover = given["failover"] { try decideFailover(failover) }
    }

    private mutating func decideFailover(_ failover: Given) throws(PropertyError) {
        let targets = PropertyValue.words(failover.value)
        guard targets.count <= VaultLimits.failoverTargets else {
            throw PropertyError(
                .limit, failover.name, "has \(targets.count) targets",
                accepted: "at most \(VaultLimits.failoverTargets)")
        }
        for target in targets where !target.contains(".") && !target.contains(":") {
            guard (try? ResourceName(target)) != nil else {
                throw PropertyError(
                    .value, failover.name, "\(PropertyValue.quoted(target)) is no target",
                    accepted: "the name of a connection, or host[:port]")
            }
        }
        try set("failover.targets", to: targets.joined(separator: ","), by: failover.name)
    }

    /// What Symfony makes of an address: a literal in brackets.
    private static func literal(_ text: String) -> String {
        guard let address = IPAddress(text) else { return text }
        return address.family == .v4 ? "[\(text)]" : "[IPv6:\(text)]"
    }
}
