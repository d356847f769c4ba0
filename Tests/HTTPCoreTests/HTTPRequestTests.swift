import HTTPCore
import Sodium
import Testing

struct HTTPRequestTests {
    let url: HTTPURL

    init() throws {
        try SodiumRuntime.start(allowSwap: true)
        url = try HTTPURL(parsing: "https://auth.example:8443/token?tenant=1")
    }

    @Test("A request without a body is a head that ends the connection")
    func get() throws {
        var head = try HTTPRequestHead(.get, url)
        try head.add("Accept", "application/json")
        try head.add("X-Token", secret: secret("s.3cret"))
        let request = try head.finish()
        #expect(request.url == url)
        let text = text(request.bytes())
        #expect(
            text == """
                GET /token?tenant=1 HTTP/1.1\r\nHost: auth.example:8443\r\nConnection: close\r\n\
                Accept-Encoding: identity\r\nAccept: application/json\r\nX-Token: s.3cret\r\n\r\n
                """)
    }

    @Test("A request with a body says its type and length")
    func post() throws {
        let head = try HTTPRequestHead(.post, url)
        let request = try head.finish(body: secret("a=b"), type: "text/x")
        let text = text(request.bytes())
        #expect(
            text == """
                POST /token?tenant=1 HTTP/1.1\r\nHost: auth.example:8443\r\nConnection: close\r\n\
                Accept-Encoding: identity\r\nContent-Type: text/x\r\nContent-Length: 3\r\n\r\na=b
                """)
    }

    @Test(
        "No value brings a line of its own",
        arguments: ["a\r\nX: y", "a\nX: y", "a\rb", "a\0b", "a\u{7f}", "a\tb", "\u{e9}"])
    func injection(_ value: String) throws {
        var head = try HTTPRequestHead(.get, url)
        #expect(throws: HTTPError.invalidFieldValue(name: "X-A")) { try head.add("X-A", value) }
        let hidden = try secret(value)
        #expect(throws: HTTPError.invalidFieldValue(name: "X-A")) {
            try head.add("X-A", secret: hidden)
        }
        let request = try head.finish()
        #expect(!text(request.bytes()).contains("X-A"))
    }

    @Test(
        "No name brings a line of its own or takes a field that the encoder writes",
        arguments: [
            "", "A B", "A:", "A\r\nB", "\u{e9}", "A\0", "Host", "hOST", "Content-Length",
            "Transfer-Encoding", "Connection", "Expect", "Upgrade", "Content-Type",
            String(repeating: "n", count: HTTPLimits.fieldNameBytes + 1),
        ])
    func names(_ name: String) throws {
        var head = try HTTPRequestHead(.get, url)
        #expect(throws: HTTPError.invalidFieldName) { try head.add(name, "v") }
    }

    @Test("A media type brings no line of its own")
    func mediaType() throws {
        #expect(throws: HTTPError.self) {
            let body = try secret("x")
            _ = try HTTPRequestHead(.post, url).finish(body: body, type: "a\r\nb").url
        }
    }

    @Test("A field's value has its longest length and no byte more")
    func longestValue() throws {
        var head = try HTTPRequestHead(.get, url)
        try head.add("A", String(repeating: "v", count: HTTPLimits.fieldValueBytes))
        #expect(throws: HTTPError.invalidFieldValue(name: "A")) {
            try head.add("A", String(repeating: "v", count: HTTPLimits.fieldValueBytes + 1))
        }
    }

    @Test("A request has its largest size and no byte more")
    func largest() throws {
        let empty = try HTTPRequestHead(.post, url).finish(body: secret(""), type: "t")
        // The length has four more digits than that of the empty body.
        let room = HTTPLimits.requestBytes - empty.bytes().count - 4
        let request = try HTTPRequestHead(.post, url).finish(
            body: SecretBytes(random: room), type: "t")
        #expect(request.bytes().count == HTTPLimits.requestBytes)
        #expect(throws: HTTPError.requestTooLarge) {
            let body = try SecretBytes(random: room + 1)
            _ = try HTTPRequestHead(.post, url).finish(body: body, type: "t").url
        }
    }
}
