internal import COpenSSL

/// A BIO that OpenSSL reads a copy of some bytes from; the copy is wiped at the end.
@safe struct MemoryReader: ~Copyable {
    let bio: OpaquePointer

    init(copying bytes: Span<UInt8>) throws(TLSError) {
        OpenSSL.prepare()
        guard let bio = unsafe BIO_new(BIO_s_secmem()) else {
            throw OpenSSL.takeError().asLibraryError
        }
        let written = unsafe bytes.withUnsafeBytes {
            unsafe $0.isEmpty ? 0 : BIO_write(bio, $0.baseAddress, CInt(clamping: $0.count))
        }
        guard Int(written) == bytes.count else {
            unsafe BIO_free(bio)
            throw OpenSSL.takeError().asLibraryError
        }
        unsafe self.bio = bio
        // An empty memory BIO says "try later" unless told that this is the end.
        unsafe BIO_ctrl(bio, BIO_C_SET_BUF_MEM_EOF_RETURN, 0, nil)
    }

    deinit { unsafe BIO_free(bio) }
}

/// A BIO that OpenSSL writes to.
@safe struct MemoryWriter: ~Copyable {
    let bio: OpaquePointer

    /// Makes it empty; `holdsSecret` takes OpenSSL's secure heap, where there is one.
    init(holdsSecret: Bool) throws(TLSError) {
        OpenSSL.prepare()
        guard let bio = unsafe BIO_new(holdsSecret ? BIO_s_secmem() : BIO_s_mem()) else {
            throw OpenSSL.takeError().asLibraryError
        }
        unsafe self.bio = bio
    }

    deinit { unsafe BIO_free(bio) }

    /// Lends what was written.
    borrowing func withSpan<R, E>(_ body: (Span<UInt8>) throws(E) -> R) throws(E) -> R {
        var start: UnsafePointer<UInt8>?
        let count = unsafe copenssl_memory_contents(bio, &start)
        return try body(unsafe UnsafeBufferPointer(start: start, count: count).span)
    }
}
