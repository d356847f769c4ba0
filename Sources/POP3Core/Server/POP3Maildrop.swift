/// The messages of one session, numbered from 1, and which of them QUIT deletes (RFC 1939 §5).
package struct POP3Maildrop: Sendable {
    /// The messages in their order, those marked as deleted among them.
    package let messages: [POP3Message]
    private var isDeleted: [Bool]
    /// How many messages are not marked as deleted.
    package private(set) var count: Int
    /// The octets of those.
    package private(set) var size: Int

    init(_ messages: [POP3Message]) {
        self.messages = messages
        isDeleted = Array(repeating: false, count: messages.count)
        count = messages.count
        size = messages.reduce(0) { $0 + $1.size }
    }

    /// The index of the message with this number, unless it is marked as deleted.
    func index(of number: Int) -> Int? {
        guard (1...max(1, messages.count)).contains(number), !messages.isEmpty,
            !isDeleted[number - 1]
        else { return nil }
        return number - 1
    }

    /// Marks a message as deleted.
    mutating func delete(_ index: Int) {
        guard !isDeleted[index] else { return }
        isDeleted[index] = true
        count -= 1
        size -= messages[index].size
    }

    /// Marks no message as deleted.
    mutating func reset() { self = POP3Maildrop(messages) }

    /// The indices of the messages marked as deleted.
    var deleted: [Int] { isDeleted.indices.filter { isDeleted[$0] } }
}

/// The answer to LIST or UIDL without argument on its way out.
struct POP3Listing: Sendable {
    /// What stands behind each number.
    enum Column: Sendable {
        case size
        case uniqueID
    }

    let column: Column
    private var next = 0

    init(_ column: Column) { self.column = column }

    /// Appends as many lines as one write takes; `true` when the end is among them.
    mutating func writeNext(of maildrop: POP3Maildrop, to output: inout [UInt8]) -> Bool {
        while next < maildrop.messages.count {
            guard output.count < POP3Limits.pendingOutput else { return false }
            if maildrop.index(of: next + 1) != nil {
                output.append(contentsOf: Self.line(column, maildrop.messages[next], next).utf8)
                output.append(contentsOf: "\r\n".utf8)
            }
            next += 1
        }
        output.append(contentsOf: ".\r\n".utf8)
        return true
    }

    /// The line of one message, without its CRLF.
    static func line(_ column: Column, _ message: POP3Message, _ index: Int) -> String {
        switch column {
        case .size: "\(index + 1) \(message.size)"
        case .uniqueID: "\(index + 1) \(message.uniqueID)"
        }
    }
}
