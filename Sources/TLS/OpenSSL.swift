internal import COpenSSL

/// What all users of the library share: its start, and its queue of errors.
enum OpenSSL {
    /// Starts the library once, without its exit handler: it would free what other threads use.
    private static let isStarted: Bool = OPENSSL_init_ssl(COPENSSL_INIT_NO_ATEXIT, nil) == 1

    /// Readies the calling thread for a call: the library runs, and no older error is queued.
    static func prepare() {
        precondition(isStarted, "OpenSSL did not start: its installation is damaged")
        ERR_clear_error()
    }

    /// Takes the calling thread's errors: the first of the TLS layer, or the first of any.
    static func takeError() -> Failure {
        var chosen: CUnsignedLong = 0
        while true {
            let error = ERR_get_error()
            if error == 0 { break }
            if chosen == 0 || (!isFromTLS(chosen) && isFromTLS(error)) { chosen = error }
        }
        return Failure(code: chosen)
    }

    private static func isFromTLS(_ error: CUnsignedLong) -> Bool {
        ERR_GET_LIB(error) == ERR_LIB_SSL
    }

    /// One entry of the queue of errors.
    struct Failure {
        /// The packed number, or 0 when the queue was empty.
        let code: CUnsignedLong

        /// The reason within the TLS layer, or nil for an error of another layer.
        var tlsReason: CInt? {
            OpenSSL.isFromTLS(code) ? ERR_GET_REASON(code) : nil
        }

        /// OpenSSL's words for it, a literal of the library.
        var text: String {
            guard let reason = unsafe ERR_reason_error_string(code) else { return "unknown reason" }
            return unsafe String(cString: reason)
        }

        /// For failures that no input explains.
        var asLibraryError: TLSError { .library(text) }
    }
}
