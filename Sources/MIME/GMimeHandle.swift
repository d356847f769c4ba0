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

    deinit { unsafe g_object_unref(UnsafeMutableRawPointer(pointer)) }
}

/// The start of GMime, which happens once, when the first message is parsed.
enum GMimeLibrary {
    private static let started: Void = g_mime_init()

    /// Returns when GMime has been started; any thread may call it.
    static func start() { _ = started }
}
