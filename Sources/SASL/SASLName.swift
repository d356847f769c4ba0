/// `saslname` of RFC 5802 §7 and RFC 7628 §3.1: a name in which `,` is `=2C` and `=` is `=3D`.
enum SASLName {
    /// Escapes a name.
    ///
    /// - Throws: `.tooLong` when the escapes make it longer than `SASLLimits.nameBytes`.
    static func escaped(_ name: String, _ field: SASLField) throws(SASLError) -> [UInt8] {
        let text = name.utf8.flatMap { byte -> [UInt8] in
            switch byte {
            case UInt8(ascii: ","): Array("=2C".utf8)
            case UInt8(ascii: "="): Array("=3D".utf8)
            default: [byte]
            }
        }
        guard text.count <= SASLLimits.nameBytes else {
            throw .tooLong(field, limitBytes: SASLLimits.nameBytes)
        }
        return text
    }

    /// Reads an escaped name; no other escape is known.
    static func unescaped(
        _ text: some Collection<UInt8>, _ field: SASLField, of mechanism: SASLMechanism
    ) throws(SASLError) -> String {
        var name: [UInt8] = []
        var rest = Array(text)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "=") else {
                name.append(byte)
                continue
            }
            if rest.starts(with: "2C".utf8) {
                name.append(UInt8(ascii: ","))
            } else if rest.starts(with: "3D".utf8) {
                name.append(UInt8(ascii: "="))
            } else {
                throw .malformed(mechanism)
            }
            rest = rest.dropFirst(2)
        }
        return try SASLText.name(name.span, field, of: mechanism)
    }

    /// The header that SCRAM and OAUTHBEARER begin with (`gs2-header`, RFC 5801 §4), with its
    /// last comma.
    static func header(
        flag: [UInt8], authorizationID: String
    ) throws(SASLError) -> [UInt8] {
        let comma = UInt8(ascii: ",")
        guard !authorizationID.isEmpty else { return flag + [comma, comma] }
        let name = try escaped(authorizationID, .authorizationID)
        return flag + [comma] + Array("a=".utf8) + name + [comma]
    }

    /// Cuts a `gs2-header` off a message.
    static func takeHeader(
        of message: inout ArraySlice<UInt8>, _ mechanism: SASLMechanism
    ) throws(SASLError) -> (flag: [UInt8], authorizationID: String) {
        let comma = UInt8(ascii: ",")
        guard let first = message.firstIndex(of: comma),
            let second = message[(first + 1)...].firstIndex(of: comma)
        else { throw .malformed(mechanism) }
        let flag = Array(message[..<first])
        let name = message[(first + 1)..<second]
        message = message[(second + 1)...]
        guard !name.isEmpty else { return (flag, "") }
        guard name.starts(with: "a=".utf8) else { throw .malformed(mechanism) }
        return (flag, try unescaped(name.dropFirst(2), .authorizationID, of: mechanism))
    }
}
