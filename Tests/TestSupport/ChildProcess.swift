internal import Glibc

/// A process whose standard output a test reads.
package final class ChildProcess {
    /// Why a process could not be started.
    package struct StartFailure: Error {}

    /// The process number.
    package let pid: Int32
    private let output: Int32
    private var pending: [UInt8] = []

    /// Starts the helper `name`, which lies beside the test program.
    package convenience init(helper name: String, _ arguments: [String]) throws {
        var buffer = [CChar](repeating: 0, count: 4_096)
        let count = unsafe readlink("/proc/self/exe", &buffer, buffer.count)
        let program = String(
            decoding: buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let folder = program.split(separator: "/").dropLast().joined(separator: "/")
        try self.init(program: "/" + folder + "/" + name, arguments)
    }

    /// Starts any program.
    package init(program: String, _ arguments: [String]) throws {
        var ends: [Int32] = [0, 0]
        guard unsafe pipe(&ends) == 0 else { throw StartFailure() }
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { _ = unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
        unsafe posix_spawn_file_actions_addclose(&actions, ends[0])
        unsafe posix_spawn_file_actions_addclose(&actions, ends[1])
        var argv: [UnsafeMutablePointer<CChar>?] = unsafe ([program] + arguments).map {
            unsafe strdup($0)
        }
        unsafe argv.append(nil)
        defer { unsafe argv.forEach { unsafe free($0) } }
        var pid: pid_t = 0
        let code = unsafe posix_spawn(&pid, program, &actions, nil, argv, environ)
        close(ends[1])
        self.pid = pid
        output = ends[0]
        guard code == 0 else { throw StartFailure() }
    }

    deinit { close(output) }

    /// The next line, or `nil` at the end of the output.
    package func line() -> String? {
        while true {
            if let end = pending.firstIndex(of: 10) {
                defer { pending.removeSubrange(...end) }
                return String(decoding: pending[..<end], as: UTF8.self)
            }
            var buffer = [UInt8](repeating: 0, count: 4_096)
            let count = unsafe read(output, &buffer, buffer.count)
            guard count > 0 else { return nil }
            pending += buffer[..<count]
        }
    }

    /// `kill -9`, at whatever the process is doing.
    package func killNow() { kill(pid, SIGKILL) }

    /// Waits for the end and returns the wait status.
    @discardableResult
    package func wait() -> Int32 {
        var status: Int32 = 0
        unsafe waitpid(pid, &status, 0)
        return status
    }
}
