internal import Glibc
internal import Sodium

/// Runs a command that prints a key: no shell, nothing on its standard input, nothing of this
/// process's environment or descriptors, and what it prints goes straight into locked memory.
enum KeyCommand {
    /// What a command may know of this process.
    private static let environment = [
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8",
    ]

    /// What `command` printed, of which the first word is the absolute path of a program.
    ///
    /// - Throws: `.commandFailed` when it does not start, ends with another status than 0, prints
    ///   more than a key, or takes longer than `milliseconds`; it is killed then, with its group.
    static func output(
        of command: [String], milliseconds: Int = SealingLimits.commandMilliseconds
    ) throws(SealingError) -> SecretBytes {
        let program = command[0]
        var ends: [Int32] = [-1, -1]
        // Not pipe(2): only a socket is closed in every other child without a gap.
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard unsafe socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
            throw .commandFailed(program: program, why: "got no pipe: \(GuardedFile.reason(errno))")
        }
        defer { close(ends[0]) }
        let process: pid_t
        do {
            defer { close(ends[1]) }
            process = try start(command, output: ends[1])
        }
        let deadline = now() + milliseconds
        let printed: SecretBytes?
        do {
            printed = try read(ends[0], until: deadline)
        } catch {
            end(process)
            throw .sodium(error)
        }
        guard let printed else {
            end(process)
            throw .commandFailed(
                program: program, why: "did not end within \(milliseconds / 1_000) s")
        }
        guard printed.count <= SealingLimits.keyText else {
            end(process)
            throw .commandFailed(program: program, why: "printed more than a key")
        }
        guard let status = wait(process, until: deadline) else {
            end(process)
            throw .commandFailed(
                program: program, why: "did not end within \(milliseconds / 1_000) s")
        }
        guard status == 0 else {
            let signal = status & 0x7f
            throw .commandFailed(
                program: program,
                why: signal == 0
                    ? "ended with status \(status >> 8 & 0xff)" : "was ended by signal \(signal)")
        }
        return printed
    }

    /// Starts the command in a process group of its own, with default signals.
    private static func start(
        _ command: [String], output: Int32
    ) throws(SealingError) -> pid_t {
        var actions = unsafe posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        unsafe posix_spawn_file_actions_init(&actions)
        unsafe posix_spawnattr_init(&attributes)
        defer {
            unsafe posix_spawn_file_actions_destroy(&actions)
            unsafe posix_spawnattr_destroy(&attributes)
        }
        var every = sigset_t()
        var none = sigset_t()
        unsafe sigfillset(&every)
        unsafe sigemptyset(&none)
        unsafe posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        unsafe posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        unsafe posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
        unsafe posix_spawnattr_setsigdefault(&attributes, &every)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setpgroup(&attributes, 0)
        unsafe posix_spawnattr_setflags(
            &attributes,
            Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP))
        var words = unsafe command.map { unsafe strdup($0) } + [nil]
        var variables = unsafe environment.map { unsafe strdup($0) } + [nil]
        defer { unsafe (words + variables).forEach { unsafe free($0) } }
        var process: pid_t = 0
        let code = unsafe posix_spawn(
            &process, command[0], &actions, &attributes, &words, &variables)
        guard code == 0 else {
            throw .commandFailed(
                program: command[0], why: "does not start: \(GuardedFile.reason(code))")
        }
        return process
    }

    /// What comes before the end of the output, at most a byte more than a key has; `nil` after the
    /// deadline.
    private static func read(
        _ descriptor: Int32, until deadline: Int
    ) throws(SodiumError) -> SecretBytes? {
        var isLate = false
        let printed = try SecretBytes(capacity: SealingLimits.keyText + 1) { target in
            var used = 0
            let capacity = target.count
            while used < capacity {
                var poller = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                let ready = unsafe poll(&poller, 1, Int32(clamping: max(0, deadline - now())))
                if ready < 0, errno == EINTR { continue }
                guard ready > 0 else {
                    isLate = true
                    break
                }
                let got = unsafe target.withUnsafeMutableBytes { bytes in
                    unsafe Glibc.read(
                        descriptor, bytes.baseAddress.map { unsafe $0 + used }, capacity - used)
                }
                if got < 0, errno == EINTR { continue }
                guard got > 0 else { break }
                used += got
            }
            return used
        }
        if isLate { return nil }
        return printed
    }

    /// The status of a process that has closed its output, once it has ended.
    private static func wait(_ process: pid_t, until deadline: Int) -> Int32? {
        while true {
            var status: Int32 = 0
            let ended = unsafe waitpid(process, &status, WNOHANG)
            if ended == process { return status }
            if ended < 0, errno != EINTR { return -1 }
            guard now() < deadline else { return nil }
            usleep(1_000)
        }
    }

    /// Kills a process and its group, and takes its status.
    private static func end(_ process: pid_t) {
        kill(-process, SIGKILL)
        kill(process, SIGKILL)
        var status: Int32 = 0
        while unsafe waitpid(process, &status, 0) < 0, errno == EINTR {}
    }

    /// Milliseconds of the clock that nobody sets.
    private static func now() -> Int {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec * 1_000 + time.tv_nsec / 1_000_000
    }
}
