internal import COpenSSL

/// The BIO between OpenSSL and the byte queues of a `TLSSession`.
enum SessionBIO {
    // Safe: made once, behind the once-only initialisation of a static, and only read afterwards.
    private nonisolated(unsafe) static let method: OpaquePointer? = unsafe makeMethod()

    /// Makes a BIO; its data is set to the session that owns it, unretained.
    static func make() -> OpaquePointer? {
        guard let method = unsafe method, let bio = unsafe BIO_new(method) else { return nil }
        unsafe BIO_set_init(bio, 1)
        return unsafe bio
    }

    /// The session that `bio` belongs to.
    static func session(of bio: OpaquePointer) -> TLSSession? {
        guard let data = unsafe BIO_get_data(bio) else { return nil }
        return unsafe Unmanaged<TLSSession>.fromOpaque(data).takeUnretainedValue()
    }

    private static func makeMethod() -> OpaquePointer? {
        let type = BIO_get_new_index() | BIO_TYPE_SOURCE_SINK
        guard let method = unsafe BIO_meth_new(type, "session") else { return nil }
        unsafe BIO_meth_set_read(method) { bio, room, count in
            guard let bio = unsafe bio, let room = unsafe room, count > 0,
                let session = unsafe SessionBIO.session(of: bio)
            else { return -1 }
            unsafe BIO_clear_flags(bio, COPENSSL_BIO_RETRY_FLAGS)
            let target = unsafe UnsafeMutableRawBufferPointer(start: room, count: Int(count))
            let taken = unsafe session.readInput(into: target)
            if taken > 0 { return CInt(taken) }
            // The end of the stream is the session's to judge: to OpenSSL, input is only late.
            unsafe BIO_set_flags(bio, BIO_FLAGS_READ | BIO_FLAGS_SHOULD_RETRY)
            return -1
        }
        unsafe BIO_meth_set_write(method) { bio, bytes, count in
            guard let bio = unsafe bio, let bytes = unsafe bytes, count > 0,
                let session = unsafe SessionBIO.session(of: bio)
            else { return -1 }
            unsafe BIO_clear_flags(bio, COPENSSL_BIO_RETRY_FLAGS)
            unsafe session.writeOutput(UnsafeRawBufferPointer(start: bytes, count: Int(count)))
            return count
        }
        unsafe BIO_meth_set_ctrl(method) { _, command, _, _ in
            command == BIO_CTRL_FLUSH ? 1 : 0
        }
        return unsafe method
    }
}
