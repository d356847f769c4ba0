import HTTPCore
import Sodium
import Testing

/// A response as it is on the wire, and what it comes to.
struct ResponseFixture: CustomTestStringConvertible, Sendable {
    let name: String
    let wire: String
    var status = 200
    var body = ""
    var testDescription: String { name }

    static let good: [ResponseFixture] = [
        .init(
            name: "a length", wire: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
            body: "hello"),
        .init(
            name: "no reason and no space", wire: "HTTP/1.1 404\r\nContent-Length: 0\r\n\r\n",
            status: 404),
        .init(name: "until the end", wire: "HTTP/1.1 200 \r\n\r\nhello", body: "hello"),
        .init(name: "an empty body until the end", wire: "HTTP/1.0 200 OK\r\n\r\n"),
        .init(
            name: "chunks with extensions and trailers",
            wire: "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n"
                + "5;a=b\r\nhello\r\n01 ; x\r\n!\r\nA\r\n0123456789\r\n0\r\nX-T: v\r\n\r\n",
            body: "hello!0123456789"),
        .init(
            name: "no chunks", wire: "HTTP/1.1 500 x\r\ntransfer-encoding:chunked\r\n\r\n0\r\n\r\n",
            status: 500),
        .init(
            name: "interim responses",
            wire: "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nLink: </a>\r\n\r\n"
                + "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", body: "ok"),
        .init(
            name: "no content whatever the length says",
            wire: "HTTP/1.1 204 No\r\nContent-Length: 7\r\n\r\n", status: 204),
        .init(
            name: "more than the response",
            wire: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 500 x\r\n\r\n",
            body: "ok"),
        .init(
            name: "spaces, tabs and bytes above ASCII in a value",
            wire: "HTTP/1.1 200 OK\r\nX:\t a \u{e9}\t b \t\r\nContent-Length: 0\r\n\r\n"),
        .init(
            name: "a redirect, which is a response like others",
            wire: "HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\n"
                + "Content-Length: 0\r\n\r\n", status: 302),
        .init(
            name: "the coding that was asked for",
            wire: "HTTP/1.1 200 OK\r\nContent-Encoding: identity\r\nContent-Length: 1\r\n\r\nx",
            body: "x"),
    ]
}

/// Bytes that are no response, and the first reason why not.
struct ViolationFixture: CustomTestStringConvertible, Sendable {
    let wire: String
    let error: HTTPError
    var testDescription: String { wire.debugDescription }

    static let all: [ViolationFixture] = [
        .init(wire: "", error: .truncated),
        .init(wire: "HTTP/1.1 200 OK\r\n", error: .truncated),
        .init(wire: "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab", error: .truncated),
        .init(
            wire: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab", error: .truncated),
        .init(
            wire: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n",
            error: .truncated),
        .init(wire: "220 mail.example ESMTP\r\n", error: .malformedStatusLine),
        .init(wire: "HTTP/2 200 OK\r\n\r\n", error: .malformedStatusLine),
        .init(wire: "HTTP/1.2 200 OK\r\n\r\n", error: .malformedStatusLine),
        .init(wire: "http/1.1 200 OK\r\n\r\n", error: .malformedStatusLine),
        .init(wire: "HTTP/1.1  200 OK\r\n\r\n", error: .malformedStatusLine),
        .init(wire: "HTTP/1.1 20 OK\r\n\r\n", error: .malformedStatusLine),
        .init(wire: "HTTP/1.1 2000 OK\r\n\r\n", error: .malformedStatusLine),
        .init(wire: "HTTP/1.1 099 OK\r\n\r\n", error: .malformedStatusLine),
        .init(wire: "HTTP/1.1 600 OK\r\n\r\n", error: .malformedStatusLine),
        .init(wire: "\r\nHTTP/1.1 200 OK\r\n\r\n", error: .malformedStatusLine),
        .init(wire: "HTTP/1.1 200 OK\n\n", error: .malformedLine),
        .init(wire: "HTTP/1.1 200 OK\rX: y\r\n\r\n", error: .malformedLine),
        .init(wire: "HTTP/1.1 200 O\0K\r\n\r\n", error: .malformedLine),
        .init(wire: "HTTP/1.1 200 OK\r\nX: a\u{7f}\r\n\r\n", error: .malformedLine),
        .init(wire: "HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n", error: .malformedField),
        .init(wire: "HTTP/1.1 200 OK\r\n X: a\r\n\r\n", error: .malformedField),
        .init(wire: "HTTP/1.1 200 OK\r\nX : a\r\n\r\n", error: .malformedField),
        .init(wire: "HTTP/1.1 200 OK\r\n: a\r\n\r\n", error: .malformedField),
        .init(wire: "HTTP/1.1 200 OK\r\nnothing\r\n\r\n", error: .malformedField),
        .init(wire: "HTTP/1.1 101 Switching\r\n\r\n", error: .unexpectedInterim),
        .init(
            wire: "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx",
            error: .ambiguousLength),
        .init(
            wire: "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
            error: .ambiguousLength),
        .init(wire: "HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\n", error: .ambiguousLength),
        .init(wire: "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", error: .ambiguousLength),
        .init(wire: "HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\n", error: .ambiguousLength),
        .init(wire: "HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n", error: .ambiguousLength),
        .init(wire: "HTTP/1.1 200 OK\r\nContent-Length: 0x1\r\n\r\n", error: .ambiguousLength),
        .init(
            wire: "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
            error: .ambiguousLength),
        .init(
            wire: "HTTP/1.1 200 OK\r\nContent-Length: 65537\r\n\r\n",
            error: .bodyTooLarge(limitBytes: 65_536)),
        .init(
            wire: "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            error: .ambiguousLength),
        .init(
            wire: "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
            error: .unsupportedCoding),
        .init(
            wire: "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx",
            error: .unsupportedCoding),
        .init(wire: chunked("g\r\n"), error: .malformedChunk),
        .init(wire: chunked("\r\n"), error: .malformedChunk),
        .init(wire: chunked("-1\r\n"), error: .malformedChunk),
        .init(wire: chunked("1 1\r\n"), error: .malformedChunk),
        .init(wire: chunked("000000001\r\n"), error: .malformedChunk),
        .init(wire: chunked("1\r\nab\r\n"), error: .malformedChunk),
        .init(wire: chunked("1\nab\r\n"), error: .malformedLine),
        .init(wire: chunked("FFFFFFFF\r\n"), error: .bodyTooLarge(limitBytes: 65_536)),
        .init(wire: chunked("10001\r\n"), error: .bodyTooLarge(limitBytes: 65_536)),
        .init(wire: chunked("0\r\nX\r\n\r\n"), error: .malformedField),
        .init(
            wire: chunked("1;" + String(repeating: "x", count: 300) + "\r\n"),
            error: .malformedChunk),
    ]

    static func chunked(_ rest: String) -> String {
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + rest
    }
}

struct HTTPResponseParserTests {
    @Test("A response is the same however it is cut", arguments: ResponseFixture.good)
    func cuts(_ fixture: ResponseFixture) throws {
        let wire = bytes(fixture.wire)
        let whole = try Reading(wire)
        #expect(whole.error == nil)
        #expect(whole.status == fixture.status)
        #expect(whole.body == fixture.body)
        for cut in 0...wire.count { #expect(try Reading(wire, cutAt: [cut]) == whole) }
        #expect(try Reading(wire, cutAt: Array(0..<wire.count)) == whole)
    }

    @Test("A violation is the same however it is cut", arguments: ViolationFixture.all)
    func violations(_ fixture: ViolationFixture) throws {
        let wire = bytes(fixture.wire)
        for cut in 0...wire.count {
            #expect(try Reading(wire, cutAt: [cut]).error == fixture.error)
        }
        #expect(try Reading(wire, cutAt: Array(0..<wire.count)).error == fixture.error)
    }

    @Test("A parser repeats its first violation")
    func staysFailed() throws {
        try SodiumRuntime.start(allowSwap: true)
        var parser = try HTTPResponseParser()
        for wire in ["HTTP/3 200\r\n", "HTTP/1.1 200 OK\r\n\r\n"] {
            #expect(throws: HTTPError.malformedStatusLine) {
                try parser.receive(bytes(wire).span)
            }
        }
        #expect(throws: HTTPError.malformedStatusLine) { try parser.receiveEnd(isClean: true) }
    }

    @Test("Fields are kept in lower case, without the spaces around their values")
    func fields() throws {
        let reading = try Reading(
            bytes("HTTP/1.1 200 OK\r\nX-A: \t b c \r\nY:\r\nContent-Length: 0\r\n\r\n"))
        #expect(reading.fields == ["x-a": "b c", "y": "", "content-length": "0"])
    }

    @Test("A body until the end counts only if the peer has said goodbye")
    func unclean() throws {
        let wire = bytes("HTTP/1.1 200 OK\r\n\r\nhalf a tok")
        #expect(try Reading(wire, isClean: false).error == .truncated)
        #expect(try Reading(wire, isClean: true).body == "half a tok")
        let whole = bytes("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        #expect(try Reading(whole, isClean: false).body == "ok")
    }

    @Test("A head has its largest size and no byte more")
    func headSize() throws {
        let start = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX: "
        let room = HTTPLimits.headBytes - start.utf8.count - 4
        for (extra, error) in [(0, nil), (1, HTTPError.headTooLarge)] {
            let wire = start + String(repeating: "v", count: room + extra) + "\r\n\r\n"
            #expect(try Reading(bytes(wire)).error == error)
        }
    }

    @Test("Interim heads and trailers count as parts of the head")
    func headSum() throws {
        let big = "X: " + String(repeating: "v", count: HTTPLimits.headBytes / 2) + "\r\n"
        let interim = "HTTP/1.1 103 x\r\n\(big)\r\nHTTP/1.1 200 OK\r\n\(big)\r\n"
        #expect(try Reading(bytes(interim)).error == .headTooLarge)
        let trailers = ViolationFixture.chunked("0\r\n\(big)\(big)\r\n")
        #expect(try Reading(bytes(trailers)).error == .headTooLarge)
    }

    @Test("A response has its most fields and not one more")
    func fieldCount() throws {
        let start = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n"
        for (extra, error) in [(0, nil), (1, HTTPError.tooManyFields)] {
            let fields = String(repeating: "X: y\r\n", count: HTTPLimits.fields - 1 + extra)
            #expect(try Reading(bytes(start + fields + "\r\n")).error == error)
        }
    }

    @Test("There are as many interim responses as allowed and not one more")
    func interimCount() throws {
        let end = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
        for (extra, error) in [(0, nil), (1, HTTPError.unexpectedInterim)] {
            let count = HTTPLimits.interimResponses + extra
            let wire = String(repeating: "HTTP/1.1 100 go\r\n\r\n", count: count) + end
            #expect(try Reading(bytes(wire)).error == error)
        }
    }

    @Test("A body has its largest size and no byte more, however its length is given")
    func bodySize() throws {
        let limit = HTTPLimits.bodyBytes
        let content = String(repeating: "b", count: limit)
        let head = "HTTP/1.1 200 OK\r\n"
        let tooLarge = HTTPError.bodyTooLarge(limitBytes: limit)
        let size = String(limit, radix: 16)
        #expect(
            try Reading(bytes(head + "Content-Length: \(limit)\r\n\r\n" + content)).body == content)
        #expect(try Reading(bytes(head + "\r\n" + content)).body == content)
        #expect(try Reading(bytes(head + "\r\n" + content + "b")).error == tooLarge)
        let chunks = "\(size)\r\n\(content)\r\n"
        #expect(try Reading(bytes(ViolationFixture.chunked(chunks + "0\r\n\r\n"))).body == content)
        #expect(
            try Reading(bytes(ViolationFixture.chunked(chunks + "1\r\nb\r\n"))).error == tooLarge)
    }

    @Test("A body in tiny chunks ends when the chunks outweigh what they carry")
    func tinyChunks() throws {
        let chunk = "1;" + String(repeating: "x", count: 200) + "\r\nb\r\n"
        let fitting = HTTPLimits.chunkFramingBytes / (chunk.utf8.count - 1)
        let wire = ViolationFixture.chunked(String(repeating: chunk, count: fitting))
        #expect(try Reading(bytes(wire + "0\r\n\r\n")).error == nil)
        #expect(
            try Reading(bytes(wire + chunk + chunk + "0\r\n\r\n")).error == .malformedChunk)
    }
}
