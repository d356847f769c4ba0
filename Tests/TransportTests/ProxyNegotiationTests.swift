import EventLoop
import Sodium
import Testing

@testable import Transport

@Suite("A negotiation with a proxy")
struct ProxyNegotiationTests {
    static let four = SocketAddress.ipv4(0xC000_0201, port: 587)
    static let six = SocketAddress.ipv6(0x2001_0DB8 << 96 | 1, port: 25, scope: 0)

    /// Feeds `answers`, each cut into pieces of `size` octets, and returns what was sent.
    static func play(
        _ negotiation: any ProxyNegotiation, _ answers: [[UInt8]], size: Int
    ) throws(ProxyRefusal) -> (sent: [[UInt8]], credentials: Int, rest: [UInt8]?) {
        var negotiation = negotiation
        var sent: [[UInt8]] = []
        var credentials = 0
        func note(_ step: ProxyStep) -> [UInt8]? {
            switch step {
            case .wait: break
            case .send(let bytes): sent.append(bytes)
            case .sendCredentials: credentials += 1
            case .established(let rest): return rest
            }
            return nil
        }
        _ = note(negotiation.begin())
        var rest: [UInt8]?
        for answer in answers {
            for start in stride(from: 0, to: answer.count, by: size) {
                let piece = Array(answer[start..<min(start + size, answer.count)])
                if rest != nil {
                    rest? += piece
                } else {
                    rest = note(try negotiation.receive(piece))
                }
            }
        }
        return (sent, credentials, rest)
    }

    @Test("asks a SOCKS proxy for the address, wherever its answers are split")
    func socks() throws {
        let bound: [[UInt8]] = [
            [5, 0, 0, 1, 10, 0, 0, 1, 4, 0], [5, 0, 0, 3, 3, 97, 98, 99, 4, 0],
            [5, 0, 0, 3, 0, 4, 0], [5, 0, 0, 4] + Array(repeating: 9, count: 18),
        ]
        for answer in bound {
            for size in 1...answer.count + 3 {
                let result = try Self.play(
                    SOCKS5Negotiation(target: Self.four, authenticates: false),
                    [[5, 0], answer + [50, 50, 48]], size: size)
                #expect(result.sent == [[5, 1, 0], [5, 1, 0, 1, 192, 0, 2, 1, 2, 75]])
                #expect(result.rest == [50, 50, 48])
                #expect(result.credentials == 0)
            }
        }
        let result = try Self.play(
            SOCKS5Negotiation(target: Self.six, authenticates: true), [[5, 2], [1, 0], bound[0]],
            size: 1)
        #expect(result.sent.first == [5, 2, 0, 2])
        #expect(result.credentials == 1)
        #expect(
            result.sent.last
                == [5, 1, 0, 4, 0x20, 1, 0x0D, 0xB8] + Array(repeating: 0, count: 11) + [1, 0, 25])
        #expect(result.rest == [])
    }

    @Test(
        "gives a SOCKS proxy up that refuses, demands what it cannot have or speaks otherwise",
        arguments: [
            ([[5, 255]], false), ([[5, 2]], false), ([[5, 1]], true), ([[4, 0]], false),
            ([Array("HT".utf8)], false), ([[5, 0, 5]], false), ([[5, 2], [1, 1]], true),
            ([[5, 2], [5, 0]], true), ([[5, 0], [5, 1]], false), ([[5, 0], [5, 2]], false),
            ([[5, 0], [5, 7, 0, 1]], false), ([[5, 0], [5, 200, 0, 1]], false),
            ([[5, 0], [4, 0]], false), ([[5, 0], [5, 0, 0, 2, 0]], false),
        ] as [([[UInt8]], Bool)])
    func socksRefusals(_ answers: [[UInt8]], _ authenticates: Bool) {
        for size in 1...4 where answers.allSatisfy({ $0.count <= 2 || size > 2 }) {
            do {
                _ = try Self.play(
                    SOCKS5Negotiation(target: Self.four, authenticates: authenticates), answers,
                    size: size)
                Issue.record("\(answers) was taken")
            } catch .proxy {
            } catch {
                Issue.record("\(error)")
            }
        }
    }

    @Test("tries another address where a SOCKS proxy cannot reach one", arguments: [3, 4, 5, 6, 8])
    func socksUnreachable(_ code: UInt8) {
        do {
            _ = try Self.play(
                SOCKS5Negotiation(target: Self.four, authenticates: false),
                [[5, 0], [5, code, 0, 1, 0, 0, 0, 0, 0, 0]], size: 64)
            Issue.record("the refusal was taken for consent")
        } catch .address {
        } catch {
            Issue.record("\(error)")
        }
    }

    @Test("asks an HTTP proxy for the address, wherever its answer is split")
    func httpConnect() throws {
        let answers = [
            "HTTP/1.1 200 Connection established\r\n\r\n", "HTTP/1.0 200\r\n\r\n",
            "HTTP/1.1 204 x\r\nContent-Length: 99\r\nA: b\r\n\r\n",
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 \r\nX: y\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
        ]
        for answer in answers {
            let bytes = Array((answer + "220 hi").utf8)
            for size in 1...bytes.count {
                let result = try Self.play(
                    HTTPConnectNegotiation(target: Self.four, authenticates: false), [bytes],
                    size: size)
                #expect(
                    result.sent.map { String(decoding: $0, as: UTF8.self) } == [
                        "CONNECT 192.0.2.1:587 HTTP/1.1\r\nHost: 192.0.2.1:587\r\n\r\n"
                    ])
                #expect(result.rest == Array("220 hi".utf8))
            }
        }
        let six = try Self.play(
            HTTPConnectNegotiation(target: Self.six, authenticates: false), [], size: 1)
        #expect(
            String(decoding: six.sent[0], as: UTF8.self).hasPrefix(
                "CONNECT [2001:db8::1]:25 HTTP/1.1\r\n"))
    }

    @Test(
        "gives an HTTP proxy up that refuses or speaks otherwise",
        arguments: [
            ("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", false),
            ("HTTP/1.1 403 No\r\n\r\n", false),
            ("HTTP/1.1 302 Found\r\nLocation: x\r\n\r\n", false),
            ("HTTP/2 200 OK\r\n\r\n", false), ("HTTP/1.1 2000 OK\r\n\r\n", false),
            ("HTTP/1.1 20 OK\r\n\r\n", false), ("220 mail.example\r\n\r\n", false),
            ("\r\n\r\n", false), ("HTTP/1.1 502 Bad Gateway\r\n\r\n", true),
            ("HTTP/1.1 503 x\r\n\r\n", true), ("HTTP/1.1 504 x\r\n\r\n", true),
        ])
    func httpRefusals(_ answer: String, _ mayTryAnother: Bool) {
        do {
            _ = try Self.play(
                HTTPConnectNegotiation(target: Self.four, authenticates: false),
                [Array(answer.utf8)], size: 3)
            Issue.record("\(answer) was taken")
        } catch .address {
            #expect(mayTryAnother)
        } catch {
            #expect(!mayTryAnother)
        }
    }

    @Test("bounds the heads of an HTTP proxy together")
    func httpBound() throws {
        let line = "HTTP/1.1 200 OK\r\nX: "
        let room = TransportLimits.proxyHead - line.utf8.count - 4
        func answer(_ count: Int) -> [UInt8] {
            Array((line + String(repeating: "x", count: count) + "\r\n\r\n").utf8)
        }
        let negotiation = HTTPConnectNegotiation(target: Self.four, authenticates: false)
        #expect(try Self.play(negotiation, [answer(room)], size: 1000).rest == [])
        let interim = Array("HTTP/1.1 100 x\r\n\r\n".utf8)
        let endless = Array(repeating: interim, count: 600).flatMap { $0 }
        for tooMuch in [answer(room + 1), endless, [UInt8](repeating: 65, count: 9000)] {
            #expect(throws: ProxyRefusal.self) {
                try Self.play(negotiation, [tooMuch], size: 1000)
            }
        }
    }

    @Test("writes a user name and password as each protocol has them")
    func credentials() throws {
        try SodiumRuntime.start(allowSwap: true)
        let text = Array("se:cret".utf8)
        let password = try SecretBytes(copying: text.span)
        let socks = SOCKS5Negotiation(target: Self.four, authenticates: true)
        let message = try socks.credentials("me", password)
        #expect(
            message.withSpan { span in span.indices.map { span[$0] } } == [1, 2, 109, 101, 7] + text
        )
        let http = HTTPConnectNegotiation(target: Self.four, authenticates: true)
        let request = try http.credentials("me", password)
        let line = request.withSpan { span in
            String(decoding: span.indices.map { span[$0] }, as: UTF8.self)
        }
        #expect(
            line == "CONNECT 192.0.2.1:587 HTTP/1.1\r\nHost: 192.0.2.1:587\r\n"
                + "Proxy-Authorization: Basic bWU6c2U6Y3JldA==\r\n\r\n")
    }
}
