import Testing

@testable import TLS

@Test("HMAC-MD5 gives the digest of RFC 2195")
func hmacMD5() {
    let digest = HMAC.md5(
        key: Array("tanstaaftanstaaf".utf8).span,
        message: Array("<1896.697170952@postoffice.reston.mci.net>".utf8).span)
    #expect(Hexadecimal.text(digest) == "b913a602c7eda7a495b4e6e7334d3890")
}

@Test("The three hashes give the digests of RFC 2202 and RFC 4231 for “Jefe”")
func hmacJefe() {
    let key = Array("Jefe".utf8)
    let message = Array("what do ya want for nothing?".utf8)
    #expect(
        Hexadecimal.text(HMAC.md5(key: key.span, message: message.span))
            == "750c783e6ab0b503eaa86e310a5db738")
    #expect(
        Hexadecimal.text(HMAC.sha1(key: key.span, message: message.span))
            == "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79")
    #expect(
        Hexadecimal.text(HMAC.sha256(key: key.span, message: message.span))
            == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
}

@Test("A key longer than the hash's block is hashed first (RFC 2202, RFC 4231)")
func hmacLongKey() {
    let message = Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8)
    let short = [UInt8](repeating: 0xaa, count: 80)
    let long = [UInt8](repeating: 0xaa, count: 131)
    #expect(
        Hexadecimal.text(HMAC.md5(key: short.span, message: message.span))
            == "6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd")
    #expect(
        Hexadecimal.text(HMAC.sha1(key: short.span, message: message.span))
            == "aa4ae5e15272d00e95705637ce8a3b55ed402112")
    #expect(
        Hexadecimal.text(HMAC.sha256(key: long.span, message: message.span))
            == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")
}

@Test("An empty key and an empty message are keys and messages like others")
func hmacEmpty() {
    let empty: [UInt8] = []
    #expect(
        Hexadecimal.text(HMAC.md5(key: empty.span, message: empty.span))
            == "74e6f7298a9c2d168935f58c001bad88")
    #expect(
        Hexadecimal.text(HMAC.sha256(key: empty.span, message: empty.span))
            == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad")
}
