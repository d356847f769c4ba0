/// Finds what somebody probably meant to type.
package enum NearestName {
    /// Characters up to which a word is compared with the names that exist.
    package static let comparedCharacters = 64

    /// Gives the name of `candidates` that is nearest to `word`.
    ///
    /// That is the one with the least Damerau–Levenshtein distance up to 2 (1 for words of up to
    /// three letters), the first of several; or else the only one that `word` begins.
    package static func of(_ word: String, among candidates: [String]) -> String? {
        let letters = Array(word.lowercased().prefix(comparedCharacters + 1))
        guard letters.count <= comparedCharacters, !letters.isEmpty else {
            return nil
        }
        let limit = letters.count <= 3 ? 1 : 2
        var best: (name: String, distance: Int)?
        for name in candidates {
            let other = Array(name.lowercased())
            guard abs(other.count - letters.count) <= limit else { continue }
            let distance = distance(letters, other)
            if distance <= limit, distance < other.count, distance < best?.distance ?? .max {
                best = (name, distance)
            }
        }
        if let best { return best.name }
        let begun = candidates.filter { $0.hasPrefix(word) }
        return begun.count == 1 && letters.count >= 2 ? begun.first : nil
    }

    /// The least number of insertions, deletions, changes and swaps of neighbours (no letter is
    /// touched twice) that make `a` into `b`; O(`a` × `b`).
    static func distance(_ a: [Character], _ b: [Character]) -> Int {
        if a.isEmpty || b.isEmpty { return max(a.count, b.count) }
        var beforeLast: [Int] = []
        var last = Array(0...b.count)
        for i in 1...a.count {
            var row = [i] + Array(repeating: 0, count: b.count)
            for j in 1...b.count {
                let change = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)
                row[j] = min(last[j] + 1, row[j - 1] + 1, change)
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
                    row[j] = min(row[j], beforeLast[j - 2] + 1)
                }
            }
            beforeLast = last
            last = row
        }
        return last[b.count]
    }
}
