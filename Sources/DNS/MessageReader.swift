/// Reads a message of the name service from its start; `nil` where it breaks off or breaks a rule.
struct MessageReader {
    /// The first twelve bytes (RFC 1035 §4.1.1).
    struct Header {
        let id: UInt16
        let isResponse: Bool
        let isTruncated: Bool
        let code: UInt8
        let questions: Int
        let answers: Int
    }

    /// One resource record without its data (RFC 1035 §4.1.3).
    struct Record {
        let owner: DomainLabels
        let kind: UInt16
        let space: UInt16
        /// Where its data lies; always inside the message.
        let data: Range<Int>
    }

    private let bytes: [UInt8]
    var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func header() -> Header? {
        guard let id = number(), let flags = number(), let questions = number(),
            let answers = number(), number() != nil, number() != nil
        else { return nil }
        return Header(
            id: id, isResponse: flags & 0x8000 != 0, isTruncated: flags & 0x0200 != 0,
            code: UInt8(flags & 0x000F), questions: Int(questions), answers: Int(answers))
    }

    mutating func record() -> Record? {
        guard let owner = name(), let kind = number(), let space = number(), number() != nil,
            number() != nil, let length = number(), bytes.count - position >= Int(length)
        else { return nil }
        defer { position += Int(length) }
        return Record(
            owner: owner, kind: kind, space: space, data: position..<position + Int(length))
    }

    mutating func number() -> UInt16? {
        guard bytes.count - position >= 2 else { return nil }
        defer { position += 2 }
        return UInt16(bytes[position]) << 8 | UInt16(bytes[position + 1])
    }

    /// A name, whose end may be a pointer to an earlier place (RFC 1035 §4.1.4).
    ///
    /// Each pointer leads further back than the last, so that reading ends.
    mutating func name() -> DomainLabels? {
        var labels: [[UInt8]] = []
        var length = 0
        var place = position
        var earliest = position
        var end: Int?
        while place < bytes.count {
            let first = bytes[place]
            switch first & 0xC0 {
            case 0x00:
                place += 1
                if first == 0 {
                    position = end ?? place
                    return DomainLabels(lowerCasing: labels)
                }
                length += Int(first) + 1
                guard length <= DNSLimits.name + 1, bytes.count - place >= Int(first) else {
                    return nil
                }
                labels.append(Array(bytes[place..<place + Int(first)]))
                place += Int(first)
            case 0xC0:
                guard place + 1 < bytes.count else { return nil }
                let target = Int(first & 0x3F) << 8 | Int(bytes[place + 1])
                guard target < earliest else { return nil }
                end = end ?? place + 2
                earliest = target
                place = target
            default: return nil
            }
        }
        return nil
    }

    /// The strings of a TXT record's data (RFC 1035 §3.3.14), joined as RFC 7208 §3.3 has it.
    func joinedStrings(_ data: Range<Int>) -> [UInt8]? {
        guard data.lowerBound >= 0, data.upperBound <= bytes.count, !data.isEmpty else {
            return nil
        }
        var joined: [UInt8] = []
        var place = data.lowerBound
        while place < data.upperBound {
            let length = Int(bytes[place])
            place += 1
            guard data.upperBound - place >= length else { return nil }
            joined += bytes[place..<place + length]
            place += length
        }
        return joined
    }
}
