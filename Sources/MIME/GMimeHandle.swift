internal import CGMime

/// One reference to a GObject, given back when the handle goes.
@safe struct GMimeHandle<Object>: ~Copyable {
    /// The object, valid while the handle lives.
    let pointer: UnsafeMutablePointer<Object>

    /// Takes over the reference that a `_new` or `_construct_` function returned.
    init?(_ pointer: UnsafeMutablePointer<Object>?) {
        guard let pointer = unsafe pointer else { return nil }
        unsafe self.pointer = pointer
    }

    deinit { unsafe signet_g_object_unref(UnsafeMutableRawPointer(pointer)) }
}

/// GMime itself, which is loaded and started once, when the first message is parsed.
enum GMimeLibrary {
    private static let problem: String? = {
        if let problem = unsafe signet_gmime_load() { return unsafe String(cString: problem) }
        signet_g_mime_init()
        return nil
    }()

    /// Returns when GMime has been started; any thread may call it.
    static func start() throws(MIMEError) {
        if let problem { throw .notInstalled(reason: problem) }
    }
}
