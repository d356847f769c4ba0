private import Glibc

/// Where a command writes, as descriptors.
package struct OutputStreams: Sendable {
    /// Results.
    package let output: Int32
    /// Errors and remarks.
    package let errors: Int32

    /// Writes to the given descriptors, which stay open.
    package init(output: Int32, errors: Int32) {
        self.output = output
        self.errors = errors
    }

    /// Standard output and standard error.
    package static let standard = OutputStreams(output: STDOUT_FILENO, errors: STDERR_FILENO)

    /// Writes all of `bytes`; returns the `errno` that stopped it, or 0.
    ///
    /// A reader that went away is no error: whoever closes a pipe has seen enough.
    static func write(_ bytes: Span<UInt8>, to descriptor: Int32) -> Int32 {
        unsafe bytes.withUnsafeBufferPointer { buffer in
            guard let start = buffer.baseAddress else { return 0 }
            var written = 0
            while written < buffer.count {
                let count = unsafe Glibc.write(descriptor, start + written, buffer.count - written)
                if count >= 0 {
                    written += count
                } else if errno == EAGAIN {
                    var wanted = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    unsafe poll(&wanted, 1, -1)
                } else if errno == EPIPE {
                    return 0
                } else if errno != EINTR {
                    return errno
                }
            }
            return 0
        }
    }

    /// Whether `descriptor` is a terminal.
    static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

    /// Whether `descriptor` is a plain file.
    static func isFile(_ descriptor: Int32) -> Bool {
        var status = stat()
        return unsafe fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    /// The columns of the terminal behind `descriptor`, or `nil` when it is none.
    static func columns(of descriptor: Int32) -> Int? {
        guard isTerminal(descriptor) else { return nil }
        var size = winsize()
        guard unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
            return 80
        }
        return Int(size.ws_col)
    }

    /// What the system calls an `errno`.
    static func reason(_ code: Int32) -> String { unsafe String(cString: strerror(code)) }
}
