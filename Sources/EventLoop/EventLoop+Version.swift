private import CUV

extension EventLoop {
    /// The version of libuv that runs, such as `1.44.2`.
    package static var libraryVersion: String { unsafe String(cString: uv_version_string()) }
}
