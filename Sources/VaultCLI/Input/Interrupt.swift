private import Glibc

/// What happens on Ctrl-C: the terminal gets its echo back, and the process ends with 130.
enum Interrupt {
    /// The exit code of an interrupted command.
    private static let exitCode: Int32 = 130
    // Safe: both are written by the thread that prompts, with the handler reading them on whichever
    // thread is interrupted; `settings` is complete before `isEchoOff` becomes true.
    // In memory of its own: Swift 6.3.1 lays a global out at 57 of the structure's 60 bytes.
    private nonisolated(unsafe) static let settings: UnsafeMutablePointer<termios> =
        .allocate(capacity: 1)
    private nonisolated(unsafe) static var isEchoOff = false

    /// Takes over SIGINT, unless the process was started with it ignored, and ignores SIGPIPE.
    static func install() {
        signal(SIGPIPE, SIG_IGN)
        var old = sigaction()
        guard unsafe sigaction(SIGINT, nil, &old) == 0,
            unsafe old.__sigaction_handler.sa_handler == nil
        else { return }
        unsafe isEchoOff = false
        unsafe settings.initialize(to: termios())
        signal(SIGINT) { _ in Interrupt.end() }
    }

    /// Runs `body` while the terminal behind `descriptor` shows nothing of what is typed.
    ///
    /// - Throws: what `body` throws; nothing when `descriptor` is no terminal.
    static func withoutEcho<R: ~Copyable, E>(
        on descriptor: Int32, _ body: () throws(E) -> R
    ) throws(E) -> R {
        var current = termios()
        guard unsafe tcgetattr(descriptor, &current) == 0 else { return try body() }
        unsafe settings.initialize(to: current)
        unsafe isEchoOff = true
        current.c_lflag &= ~tcflag_t(ECHO)
        unsafe tcsetattr(descriptor, TCSAFLUSH, &current)
        defer {
            unsafe tcsetattr(descriptor, TCSAFLUSH, settings)
            unsafe isEchoOff = false
        }
        return try body()
    }

    /// Runs in the signal handler: calls only what POSIX lists as safe there.
    private static func end() {
        if unsafe isEchoOff { unsafe tcsetattr(STDIN_FILENO, TCSANOW, settings) }
        _exit(exitCode)
    }
}
