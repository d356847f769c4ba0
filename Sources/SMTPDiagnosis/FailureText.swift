/// The words of a failure in lower case, searched byte by byte.
struct FailureText {
    private let bytes: [UInt8]

    init(_ text: String) {
        bytes = text.utf8.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
    }

    /// Whether `fragment`, given in lower case, occurs.
    func contains(_ fragment: String) -> Bool {
        let wanted = fragment.utf8
        guard let first = wanted.first, wanted.count <= bytes.count else { return wanted.isEmpty }
        for start in 0...(bytes.count - wanted.count) where bytes[start] == first {
            if bytes[start...].starts(with: wanted) { return true }
        }
        return false
    }
}
