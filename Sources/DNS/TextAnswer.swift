/// What a name server says to a ``TextQuestion``, read with a bound for everything it may repeat.
package enum TextAnswer: Sendable, Hashable {
    /// The TXT records of the name, each with its strings joined; none if the name has no such
    /// record.
    case texts([[UInt8]])
    /// The answer does not fit a datagram: ask over TCP.
    case truncated
    /// The name does not exist.
    case noSuchName
    /// The response code, neither 0 nor 3.
    case failed(code: UInt8)
    /// Somebody else's answer, or none at all.
    case foreign

    /// Reads one whole message (RFC 1035 §4.1); what is malformed throws.
    package init(_ message: [UInt8], to question: TextQuestion) throws(DNSError) {
        var reader = MessageReader(message)
        guard let header = reader.header(), header.id == question.id, header.isResponse else {
            self = .foreign
            return
        }
        // An answer without a question is only of use when it says what went wrong.
        if header.questions == 1 {
            guard let name = reader.name(), let kind = reader.number(), let space = reader.number()
            else { throw .malformed }
            guard name == question.name, kind == RecordType.text, space == RecordType.internet
            else {
                self = .foreign
                return
            }
        } else if header.questions != 0 || header.code == 0 {
            throw .malformed
        }
        switch header.code {
        case 0: break
        case 3:
            self = .noSuchName
            return
        default:
            self = .failed(code: header.code)
            return
        }
        guard !header.isTruncated else {
            self = .truncated
            return
        }
        self = .texts(try Self.texts(of: question.name, header.answers, &reader))
    }

    /// The texts of `name`, or of what its aliases lead to.
    private static func texts(
        of name: DomainLabels, _ count: Int, _ reader: inout MessageReader
    ) throws(DNSError) -> [[UInt8]] {
        guard count <= DNSLimits.records else { throw .malformed }
        var aliases: [DomainLabels: DomainLabels] = [:]
        var texts: [(owner: DomainLabels, text: [UInt8])] = []
        for _ in 0..<count {
            guard let record = reader.record() else { throw .malformed }
            guard record.space == RecordType.internet else { continue }
            switch record.kind {
            case RecordType.alias:
                var inner = reader
                inner.position = record.data.lowerBound
                guard let target = inner.name(), inner.position == record.data.upperBound else {
                    throw .malformed
                }
                aliases[record.owner] = target
            case RecordType.text:
                guard let text = reader.joinedStrings(record.data) else { throw .malformed }
                if text.count <= DNSLimits.text { texts.append((record.owner, text)) }
            default: break
            }
        }
        var owner = name
        for _ in 0..<DNSLimits.aliases {
            guard let target = aliases[owner] else { break }
            owner = target
        }
        return texts.lazy.filter { $0.owner == owner }.prefix(DNSLimits.texts).map(\.text)
    }
}
