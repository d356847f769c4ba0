import JSONCoding
import Testing
import VaultModel

@Suite("Hooks as people write them")
struct HookCommandTests {
    @Test(
        "A line is split as a shell splits it, and nothing is expanded",
        arguments: [
            ("/bin/a", ["/bin/a"]), ("/bin/a b  c\td", ["/bin/a", "b", "c", "d"]),
            ("  /bin/a  ", ["/bin/a"]), ("/bin/a 'b c' \"d e\"", ["/bin/a", "b c", "d e"]),
            ("/bin/a '' \"\"", ["/bin/a", "", ""]), ("a'b'\"c\"d", ["abcd"]),
            ("'a\\b' \"a\\b\" a\\b", ["a\\b", "a\\b", "ab"]),
            ("\"a\\\"b\" \"a\\\\b\"", ["a\"b", "a\\b"]), ("a\\ b", ["a b"]),
            ("$HOME `id` *.c ~ a;b|c>d&", ["$HOME", "`id`", "*.c", "~", "a;b|c>d&"]),
            ("ünï 'ß'", ["ünï", "ß"]), ("'\u{301}a b'", ["\u{301}a b"]), ("a\r\nb", ["a", "b"]),
            ("", []), ("   ", []),
        ] as [(String, [String])])
    func splits(_ line: String, _ words: [String]) throws {
        #expect(try HookCommand.words(of: line) == words)
    }

    @Test("An open quotation is refused", arguments: ["'a", "\"a", "a\\", "a 'b\" c"])
    func open(_ line: String) {
        #expect(throws: ModelError.self) { try HookCommand.words(of: line) }
    }

    @Test("A hook is a program by its absolute path, with bounds")
    func bounds() throws {
        func isFine(_ words: [String]) -> Bool {
            (try? HookCommand(arguments: words)) != nil
        }
        #expect(isFine(["/bin/true"]))
        #expect(!isFine([]) && !isFine([""]) && !isFine(["true"]) && !isFine(["./true"]))
        #expect(!isFine(["/bin/a\0b"]) && !isFine(["/bin/a", "\0"]))
        let most = VaultLimits.hookArguments
        #expect(isFine(["/a"] + Array(repeating: "b", count: most - 1)))
        #expect(!isFine(["/a"] + Array(repeating: "b", count: most)))
        let bytes = VaultLimits.hookBytes
        #expect(isFine(["/a", String(repeating: "b", count: bytes - 2)]))
        #expect(!isFine(["/a", String(repeating: "b", count: bytes - 1)]))
    }

    @Test("What is read from elsewhere is checked like what is typed")
    func decoding() throws {
        let hook = try HookCommand(arguments: ["/bin/a", "b"])
        let text = try JSONCoding.encode(hook)
        #expect(text == Array(#"["/bin/a","b"]"#.utf8))
        #expect(try JSONCoding.decode(HookCommand.self, from: text) == hook)
        for bad in [#"["a"]"#, "[]", #""/bin/a""#] {
            #expect(throws: (any Error).self) {
                try JSONCoding.decode(HookCommand.self, from: Array(bad.utf8))
            }
        }
    }
}
