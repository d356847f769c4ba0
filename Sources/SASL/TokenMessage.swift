internal import Sodium

/// The one message of XOAUTH2 and OAUTHBEARER, which carries an access token (RFC 6750).
enum TokenMessage {
    private static let separator: UInt8 = 0x01
    private static let bearer = Array("auth=Bearer ".utf8)

    /// `"user=" user ^A "auth=Bearer " token ^A ^A`.
    static func xoauth2(
        username: String, token: borrowing SecretBytes
    ) throws(SASLError) -> SecretBytes {
        try message(
            Array("user=".utf8) + Array(username.utf8) + [separator], token: token)
    }

    /// `client-resp = gs2-header ^A *kvpair ^A` (RFC 7628 §3.1): host and port if they are known.
    static func oauthBearer(
        as authorizationID: String, host: String, port: Int, token: borrowing SecretBytes
    ) throws(SASLError) -> SecretBytes {
        var head = try SASLName.header(
            flag: SASLChannelBinding.unsupported.flag, authorizationID: authorizationID)
        head.append(separator)
        if !host.isEmpty { head += Array("host=\(host)".utf8) + [separator] }
        if port > 0 { head += Array("port=\(port)".utf8) + [separator] }
        return try message(head, token: token)
    }

    private static func message(
        _ head: [UInt8], token: borrowing SecretBytes
    ) throws(SASLError) -> SecretBytes {
        let start = head + bearer
        let end = [separator, separator]
        return try SASLText.inSlab { () throws(SodiumError) in
            let started = try token.prepending(start.span)
            return try started.appending(end.span)
        }
    }

    /// Reads the user and the access token out of either message.
    static func read(
        _ message: borrowing SecretBytes, of mechanism: SASLMechanism
    ) throws(SASLError) -> SASLCredentials {
        try message.withSpan { (message) throws(SASLError) in
            let (name, range) =
                mechanism == .xoauth2 ? try readXOAuth2(message) : try readOAuthBearer(message)
            let token = message.extracting(range)
            try SASLText.check(token: token)
            let secret = try SASLText.inSlab { () throws(SodiumError) in
                try SecretBytes(copying: token)
            }
            return SASLCredentials(
                mechanism: mechanism, username: name, authorizationID: "",
                proof: .password(secret))
        }
    }

    private static func readXOAuth2(
        _ message: Span<UInt8>
    ) throws(SASLError) -> (name: String, token: Range<Int>) {
        let fields = try fields(of: message, from: 0, .xoauth2)
        guard let user = fields.first, starts(message, at: user, with: Array("user=".utf8)),
            let token = token(in: message, fields)
        else { throw .malformed(.xoauth2) }
        let name = try SASLText.name(
            message.extracting((user.lowerBound + 5)..<user.upperBound), .username, of: .xoauth2)
        return (name, token)
    }

    /// The header names the user.
    private static func readOAuthBearer(
        _ message: Span<UInt8>
    ) throws(SASLError) -> (name: String, token: Range<Int>) {
        var end = 0
        while end < message.count, message[end] != separator { end += 1 }
        var head: [UInt8] = []
        for index in 0..<end { head.append(message[index]) }
        var rest = head[...]
        let (flag, name) = try SASLName.takeHeader(of: &rest, .oauthBearer)
        guard rest.isEmpty, flag.elementsEqual("n".utf8) || flag.elementsEqual("y".utf8),
            end < message.count,
            let token = token(
                in: message, try fields(of: message, from: end + 1, .oauthBearer))
        else { throw .malformed(.oauthBearer) }
        guard !name.isEmpty else { throw .empty(.username) }
        return (name, token)
    }

    /// The fields of a message, each ended by ^A, with one more ^A at the end.
    private static func fields(
        of message: Span<UInt8>, from start: Int, _ mechanism: SASLMechanism
    ) throws(SASLError) -> [Range<Int>] {
        guard message.count > start, message[message.count - 1] == separator else {
            throw .malformed(mechanism)
        }
        var fields: [Range<Int>] = []
        var first = start
        for index in start..<(message.count - 1) where message[index] == separator {
            guard index > first, fields.count < SASLLimits.attributes else {
                throw .malformed(mechanism)
            }
            fields.append(first..<index)
            first = index + 1
        }
        guard first == message.count - 1 else { throw .malformed(mechanism) }
        return fields
    }

    /// Where the token is: after `auth=Bearer ` in any case (RFC 7235 §2.1), which comes once.
    private static func token(in message: Span<UInt8>, _ fields: [Range<Int>]) -> Range<Int>? {
        let found = fields.filter { starts(message, at: $0, with: bearer) }
        guard found.count == 1 else { return nil }
        return (found[0].lowerBound + bearer.count)..<found[0].upperBound
    }

    private static func starts(
        _ message: Span<UInt8>, at field: Range<Int>, with prefix: [UInt8]
    ) -> Bool {
        field.count >= prefix.count
            && prefix.indices.allSatisfy {
                lowercase(message[field.lowerBound + $0]) == lowercase(prefix[$0])
            }
    }

    private static func lowercase(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }
}
