/// Patterns with `*` (any run) and `?` (one character), matched in O(pattern · text) without recursion.
package enum Glob {
    /// Whether `text` matches `pattern` whole.
    package static func matches(_ pattern: String, _ text: String) -> Bool {
        let pattern = Array(pattern.utf8)
        let text = Array(text.utf8)
        var p = 0
        var t = 0
        var star: Int?
        var mark = 0
        while t < text.count {
            if p < pattern.count, pattern[p] == UInt8(ascii: "?") || pattern[p] == text[t],
                pattern[p] != UInt8(ascii: "*")
            {
                p += 1
                t += 1
            } else if p < pattern.count, pattern[p] == UInt8(ascii: "*") {
                star = p
                mark = t
                p += 1
            } else if let star {
                p = star + 1
                mark += 1
                t = mark
            } else {
                return false
            }
        }
        while p < pattern.count, pattern[p] == UInt8(ascii: "*") { p += 1 }
        return p == pattern.count
    }

    /// Whether `pattern` can stand for connections: not empty, no longer than a name, and of the
    /// characters of names, `*` and `?`.
    package static func isPattern(_ pattern: String) -> Bool {
        !pattern.isEmpty && pattern.utf8.count <= VaultLimits.nameBytes
            && pattern.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"),
                    UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."),
                    UInt8(ascii: "-"), UInt8(ascii: "*"), UInt8(ascii: "?"):
                    true
                default: false
                }
            }
    }

    /// Whether `outer` matches every text that `inner` matches.
    ///
    /// `inner` is matched as if its wildcards were letters: `?` by `?` or `*`, `*` by `*` alone. So
    /// `true` is always right, while a few pairs that differ in how they order their wildcards and
    /// letters (`?*` and `*a`) are `false` although every text of the one is one of the other.
    package static func covers(_ outer: String, _ inner: String) -> Bool {
        let outer = ordered(outer)
        let inner = ordered(inner)
        var reached = [Bool](repeating: false, count: outer.count + 1)
        reached[0] = true
        func passStars(_ reached: inout [Bool]) {
            for place in outer.indices where reached[place] && outer[place] == UInt8(ascii: "*") {
                reached[place + 1] = true
            }
        }
        passStars(&reached)
        for letter in inner {
            var next = [Bool](repeating: false, count: outer.count + 1)
            for place in outer.indices where reached[place] {
                switch outer[place] {
                case UInt8(ascii: "*"): next[place] = true
                case UInt8(ascii: "?") where letter != UInt8(ascii: "*"): next[place + 1] = true
                case letter: next[place + 1] = true
                default: break
                }
            }
            passStars(&next)
            reached = next
        }
        return reached[outer.count]
    }

    /// The pattern with each run of wildcards as its `?`s before one `*`, which means the same.
    private static func ordered(_ pattern: String) -> [UInt8] {
        var result: [UInt8] = []
        var hasStar = false
        for byte in pattern.utf8 {
            if byte == UInt8(ascii: "*") {
                hasStar = true
                continue
            }
            if hasStar, byte != UInt8(ascii: "?") {
                result.append(UInt8(ascii: "*"))
                hasStar = false
            }
            result.append(byte)
        }
        return hasStar ? result + [UInt8(ascii: "*")] : result
    }
}
