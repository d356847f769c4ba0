/// A program that changes a password at its provider, with its arguments; no shell reads it.
package struct HookCommand: Sendable, Hashable {
    /// The program's absolute path, then its arguments.
    package let arguments: [String]

    /// Checks a program and its arguments.
    package init(arguments: [String]) throws(ModelError) {
        guard let program = arguments.first, program.hasPrefix("/") else {
            throw ModelError("hook", "names no program by its absolute path", accepted: Self.form)
        }
        guard arguments.count <= VaultLimits.hookArguments else {
            throw ModelError(
                "hook", "has \(arguments.count) words",
                accepted: "at most \(VaultLimits.hookArguments)")
        }
        let size = arguments.reduce(0) { $0 + $1.utf8.count }
        guard size <= VaultLimits.hookBytes else {
            throw ModelError(
                "hook", "has \(size) bytes", accepted: "at most \(VaultLimits.hookBytes)")
        }
        guard !arguments.contains(where: { $0.utf8.contains(0) }) else {
            throw ModelError("hook", "holds a NUL", accepted: Self.form)
        }
        self.arguments = arguments
    }

    private static let form = "/path/to/program with arguments, quoted as a shell would have them"

    /// Splits a line into words as a POSIX shell does, and expands nothing.
    ///
    /// Blanks divide words; `'…'` holds everything as it is; `"…"` too, but for `\"` and `\\`; a
    /// backslash elsewhere takes the next character as it is.
    package static func words(of line: String) throws(ModelError) -> [String] {
        var words: [String] = []
        var word: String.UnicodeScalarView?
        var quote: Unicode.Scalar?
        var isEscaped = false
        func add(_ scalar: Unicode.Scalar) {
            var longer = word ?? String.UnicodeScalarView()
            longer.append(scalar)
            word = longer
        }
        // By scalars: a quotation mark stays one whatever combines with it.
        for scalar in line.unicodeScalars {
            if isEscaped {
                isEscaped = false
                if quote == "\"", scalar != "\"", scalar != "\\" { add("\\") }
                add(scalar)
            } else if scalar == "\\", quote != "'" {
                isEscaped = true
            } else if scalar == quote {
                quote = nil
            } else if quote == nil, scalar == "'" || scalar == "\"" {
                quote = scalar
                word = word ?? String.UnicodeScalarView()
            } else if quote == nil, blanks.contains(scalar) {
                if let done = word { words.append(String(done)) }
                word = nil
            } else {
                add(scalar)
            }
        }
        guard quote == nil, !isEscaped else {
            throw ModelError("hook", "ends inside a quotation", accepted: form)
        }
        if let done = word { words.append(String(done)) }
        return words
    }

    private static let blanks: [Unicode.Scalar] = [" ", "\t", "\n", "\r"]
}

// MARK: - Codable

extension HookCommand: Codable {
    package init(from decoder: any Decoder) throws {
        try self.init(arguments: try decoder.singleValueContainer().decode([String].self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(arguments)
    }
}
