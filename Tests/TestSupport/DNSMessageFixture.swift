/// Builds answers as a name server would.
package struct DNSMessageFixture {
    private let id: UInt16
    private let flags: UInt16
    private let question: String?
    private let records: [[UInt8]]

    /// An answer about `example.org` unless told otherwise.
    package init(
        id: UInt16 = 0x1234, flags: UInt16 = 0x8180, question: String? = "example.org",
        records: [[UInt8]] = []
    ) {
        self.id = id
        self.flags = flags
        self.question = question
        self.records = records
    }

    /// The whole message.
    package var bytes: [UInt8] {
        var message = Self.word(id) + Self.word(flags)
        message += Self.word(question == nil ? 0 : 1) + Self.word(UInt16(records.count))
        message += [0, 0, 0, 0]
        if let question { message += Self.name(question) + [0, 16, 0, 1] }
        return message + records.joined()
    }

    private static func word(_ value: UInt16) -> [UInt8] {
        [UInt8(value >> 8), UInt8(value & 0xFF)]
    }

    /// A name as it stands on the wire.
    package static func name(_ text: String) -> [UInt8] {
        text.split(separator: ".").flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) } + [0]
    }

    /// A record of class IN.
    package static func record(_ owner: [UInt8], kind: UInt16, data: [UInt8]) -> [UInt8] {
        owner + word(kind) + [0, 1, 0, 0, 0, 60] + word(UInt16(data.count)) + data
    }

    /// A TXT record of these strings; its owner is the question unless given.
    package static func text(_ strings: String..., owner: [UInt8] = [0xC0, 12]) -> [UInt8] {
        record(
            owner, kind: 16,
            data: strings.flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) })
    }

    /// A CNAME record.
    package static func alias(_ target: [UInt8], owner: [UInt8] = [0xC0, 12]) -> [UInt8] {
        record(owner, kind: 5, data: target)
    }

    /// The answer to `query`, with its number and its question.
    package static func answer(to query: [UInt8], flags: UInt16 = 0x8180, _ records: [[UInt8]] = [])
        -> [UInt8]
    {
        let end = query[12...].firstIndex(of: 0).map { $0 + 5 } ?? query.count
        return Array(query[0..<2]) + word(flags) + [0, 1] + word(UInt16(records.count))
            + [0, 0, 0, 0] + query[12..<end] + records.joined()
    }
}

extension DNSMessageFixture {
    /// The name that `query` asks about, in lower case.
    package static func name(in query: [UInt8]) -> String {
        var labels: [String] = []
        var place = 12
        while place < query.count, query[place] > 0 {
            let end = min(query.count, place + 1 + Int(query[place]))
            labels.append(String(decoding: query[(place + 1)..<end], as: UTF8.self))
            place = end
        }
        return labels.joined(separator: ".").lowercased()
    }
}
