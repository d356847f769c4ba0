import HTTPCore
import Testing

struct HTTPURLTests {
    @Test(
        "A URL is read into its parts",
        arguments: [
            ("https://a.example", "https", "a.example", 443, "/", "a.example"),
            ("https://a.example/token", "https", "a.example", 443, "/token", "a.example"),
            ("HTTPS://A.Example:443/", "https", "a.example", 443, "/", "a.example"),
            ("https://a.example:8443?x=1", "https", "a.example", 8443, "/?x=1", "a.example:8443"),
            ("http://127.0.0.1:8200/v1", "http", "127.0.0.1", 8200, "/v1", "127.0.0.1:8200"),
            ("http://[::1]:80/a%20b", "http", "::1", 80, "/a%20b", "[::1]"),
            ("https://[2001:db8::1]/", "https", "2001:db8::1", 443, "/", "[2001:db8::1]"),
        ] as [(String, String, String, Int, String, String)])
    func parts(
        _ text: String, _ scheme: String, _ host: String, _ port: Int, _ target: String,
        _ authority: String
    ) throws {
        let url = try HTTPURL(parsing: text)
        #expect(url.scheme.rawValue == scheme)
        #expect(url.host == host)
        #expect(url.port == port)
        #expect(url.target == target)
        #expect(url.authority == authority)
        #expect("\(url)" == "\(scheme)://\(authority)\(target)")
        #expect(try HTTPURL(parsing: "\(url)") == url)
    }

    @Test(
        "A URL that could mean something else is refused",
        arguments: [
            "", "a.example", "ftp://a.example/", "https:/a.example", "https://", "https:///x",
            "https://user@a.example/", "https://a.example:/", "https://a.example:0/",
            "https://a.example:65536/", "https://a.example:080000/", "https://a.example:+1/",
            "https://a.example/#part", "https://a.example/a b", "https://a.example/\r\nX: y",
            "https://a.example/\u{e9}", "https://b\u{fc}ro.example/", "https://a.example\\@b/",
            "https://[::1", "https://[::1]x/", "https://x[::1]/", "https://[a.example]/",
            "https://::1/", "https://a.example:443:443/", "https://[fe80::1%25eth0]/",
            "https://a.example/\"", "https://a.example/<x>", "https://a.example/{x}",
        ])
    func refused(_ text: String) {
        #expect(throws: HTTPError.self) { try HTTPURL(parsing: text) }
    }

    @Test("A URL has its longest length and no byte more")
    func longest() throws {
        let start = "https://a.example/"
        let rest = HTTPLimits.urlBytes - start.utf8.count
        _ = try HTTPURL(parsing: start + String(repeating: "x", count: rest))
        #expect(throws: HTTPError.self) {
            try HTTPURL(parsing: start + String(repeating: "x", count: rest + 1))
        }
    }

    @Test("A host has its longest length and no byte more")
    func longestHost() throws {
        _ = try HTTPURL(parsing: "https://\(String(repeating: "h", count: HTTPLimits.hostBytes))/")
        #expect(throws: HTTPError.self) {
            try HTTPURL(
                parsing: "https://\(String(repeating: "h", count: HTTPLimits.hostBytes + 1))/")
        }
    }

    @Test("Segments are escaped as a whole, so that none leaves its place")
    func segments() throws {
        let base = try HTTPURL(parsing: "https://a.example/")
        let url = try base.appending(segments: ["v1", "a/b", "c?d#e", "\u{e9} %", "..."])
        #expect(url.target == "/v1/a%2Fb/c%3Fd%23e/%C3%A9%20%25/...")
        for segment in ["", ".", ".."] {
            #expect(throws: HTTPError.self) { try base.appending(segments: ["a", segment]) }
        }
        #expect(throws: HTTPError.self) {
            try base.appending(segments: [String(repeating: "x", count: HTTPLimits.urlBytes)])
        }
    }
}
