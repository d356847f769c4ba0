/// When a sender wants a delivery notice (NOTIFY=, RFC 3461 §4.1).
package struct DSNNotify: OptionSet, Sendable, Hashable {
    /// The flags as bits.
    package let rawValue: UInt8

    /// Takes the flags as bits.
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// No notice at all; excludes the others.
    package static let never = DSNNotify(rawValue: 1)
    /// A notice on delivery.
    package static let success = DSNNotify(rawValue: 2)
    /// A notice on failure.
    package static let failure = DSNNotify(rawValue: 4)
    /// A notice on delay.
    package static let delay = DSNNotify(rawValue: 8)

    /// Whether the set means something: not empty, and NEVER alone.
    package var isValid: Bool {
        rawValue != 0 && rawValue < 16 && (!contains(.never) || self == .never)
    }
}

/// The address that a message was first meant for (ORCPT=, RFC 3461 §4.2).
package struct SMTPOriginalRecipient: Sendable, Hashable {
    /// The kind of address, usually `rfc822`.
    package let addressType: String
    /// The address, decoded.
    package let address: String

    /// Takes both parts; they are checked when a command is encoded.
    package init(addressType: String = "rfc822", address: String) {
        self.addressType = addressType
        self.address = address
    }
}

/// The parameters of RCPT TO.
package struct SMTPRecipientParameters: Sendable, Hashable {
    /// The value of NOTIFY.
    package var notify: DSNNotify?
    /// The value of ORCPT.
    package var originalRecipient: SMTPOriginalRecipient?
    /// All parameters as received, for the record; empty for commands that we build.
    package var verbatim = ""

    /// No parameters.
    package init() {}

    /// The parameters as they follow the path, each after a space.
    func encoded() throws(SMTPSyntaxError) -> String {
        var text = ""
        if let notify {
            guard notify.isValid else { throw .badValue(.notify) }
            var words: [String] = []
            if notify.contains(.never) { words.append("NEVER") }
            if notify.contains(.success) { words.append("SUCCESS") }
            if notify.contains(.failure) { words.append("FAILURE") }
            if notify.contains(.delay) { words.append("DELAY") }
            text += " NOTIFY=\(words.joined(separator: ","))"
        }
        if let originalRecipient {
            let type = originalRecipient.addressType
            guard !type.isEmpty, !originalRecipient.address.isEmpty else {
                throw .missing(.originalRecipient)
            }
            guard type.utf8.allSatisfy({ $0.isAlphanumeric || $0 == UInt8(ascii: "-") }) else {
                throw .badValue(.originalRecipient)
            }
            guard !originalRecipient.address.utf8.contains(where: \.isControl) else {
                throw .forbiddenCharacters(.originalRecipient)
            }
            let value = "\(type);\(XText.encode(originalRecipient.address))"
            guard value.utf8.count <= SMTPLimits.originalRecipient else {
                throw .tooLong(.originalRecipient, limit: SMTPLimits.originalRecipient)
            }
            text += " ORCPT=\(value)"
        }
        return text
    }

    /// Takes one parameter of a received command.
    mutating func take(
        _ bytes: Span<UInt8>, keyword: Range<Int>, value: Range<Int>?
    ) throws(SMTPSyntaxError) {
        if Bytes.equals(bytes, keyword, "NOTIFY") {
            guard notify == nil else { throw .repeatedParameter }
            guard let value else { throw .missing(.notify) }
            notify = try Self.notify(bytes, value)
        } else if Bytes.equals(bytes, keyword, "ORCPT") {
            guard originalRecipient == nil else { throw .repeatedParameter }
            guard let value else { throw .missing(.originalRecipient) }
            originalRecipient = try Self.originalRecipient(bytes, value)
        } else {
            throw .unknownParameter
        }
    }

    private static func notify(
        _ bytes: Span<UInt8>, _ value: Range<Int>
    ) throws(SMTPSyntaxError) -> DSNNotify {
        var set: DSNNotify = []
        var start = value.lowerBound
        while start <= value.upperBound {
            let comma = UInt8(ascii: ",")
            let end =
                Bytes.firstIndex(of: comma, in: bytes, from: start, to: value.upperBound)
                ?? value.upperBound
            let word = start..<end
            let flag: DSNNotify
            if Bytes.equals(bytes, word, "NEVER") {
                flag = .never
            } else if Bytes.equals(bytes, word, "SUCCESS") {
                flag = .success
            } else if Bytes.equals(bytes, word, "FAILURE") {
                flag = .failure
            } else if Bytes.equals(bytes, word, "DELAY") {
                flag = .delay
            } else {
                throw .badValue(.notify)
            }
            guard set.insert(flag).inserted else { throw .badValue(.notify) }
            start = end + 1
        }
        guard set.isValid else { throw .badValue(.notify) }
        return set
    }

    private static func originalRecipient(
        _ bytes: Span<UInt8>, _ value: Range<Int>
    ) throws(SMTPSyntaxError) -> SMTPOriginalRecipient {
        guard value.count <= SMTPLimits.originalRecipient else {
            throw .tooLong(.originalRecipient, limit: SMTPLimits.originalRecipient)
        }
        let semicolon = UInt8(ascii: ";")
        guard
            let split = Bytes.firstIndex(
                of: semicolon, in: bytes, from: value.lowerBound, to: value.upperBound),
            split > value.lowerBound, split + 1 < value.upperBound
        else { throw .badValue(.originalRecipient) }
        for index in value.lowerBound..<split {
            guard bytes[index].isAlphanumeric || bytes[index] == UInt8(ascii: "-") else {
                throw .badValue(.originalRecipient)
            }
        }
        return SMTPOriginalRecipient(
            addressType: Bytes.string(bytes, value.lowerBound..<split),
            address: try XText.decode(bytes, split + 1..<value.upperBound))
    }
}
