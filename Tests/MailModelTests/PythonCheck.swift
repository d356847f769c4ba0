import Glibc

/// Runs `check.py` over a folder.
enum PythonCheck {
    struct Failure: Error {
        let call: String
        let code: Int32
    }

    /// Makes an empty folder below the temporary one.
    static func makeFolder() throws -> String {
        var template = Array("/tmp/signet-mail-XXXXXX".utf8CString)
        guard unsafe mkdtemp(&template) != nil else { throw Failure(call: "mkdtemp", code: errno) }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    static func write(_ bytes: [UInt8], to path: String) throws {
        let descriptor = unsafe open(path, O_CREAT | O_WRONLY | O_TRUNC, 0o600)
        guard descriptor >= 0 else { throw Failure(call: "open", code: errno) }
        defer { close(descriptor) }
        var written = 0
        while written < bytes.count {
            let count = unsafe bytes[written...].withUnsafeBytes { buffer in
                unsafe Glibc.write(descriptor, buffer.baseAddress, buffer.count)
            }
            guard count > 0 else { throw Failure(call: "write", code: errno) }
            written += count
        }
    }

    static func read(_ path: String) throws -> [UInt8] {
        let descriptor = unsafe open(path, O_RDONLY)
        guard descriptor >= 0 else { throw Failure(call: "open", code: errno) }
        defer { close(descriptor) }
        var result: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe Glibc.read(descriptor, &buffer, buffer.count)
            guard count >= 0 else { throw Failure(call: "read", code: errno) }
            if count == 0 { return result }
            result += buffer[..<count]
        }
    }

    /// Removes a folder and the files in it.
    static func remove(_ folder: String, names: [String]) {
        for name in names { unsafe unlink(folder + "/" + name) }
        unsafe rmdir(folder)
    }

    /// Returns the exit status and what the script printed.
    static func run(on folder: String) throws -> (status: Int32, output: String) {
        let script =
            #filePath.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 }
            + "/check.py"
        let outputPath = folder + "/output.txt"
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        for descriptor in [STDOUT_FILENO, STDERR_FILENO] {
            unsafe posix_spawn_file_actions_addopen(
                &actions, descriptor, outputPath, O_CREAT | O_WRONLY | O_APPEND, 0o600)
        }
        var arguments: [UnsafeMutablePointer<CChar>?] = unsafe []
        for argument in ["python3", "-I", script, folder] {
            unsafe arguments.append(strdup(argument))
        }
        unsafe arguments.append(nil)
        defer { unsafe arguments.forEach { unsafe free($0) } }
        var process = pid_t()
        let code = unsafe posix_spawnp(&process, "python3", &actions, nil, arguments, environ)
        guard code == 0 else { throw Failure(call: "posix_spawnp", code: code) }
        var status: Int32 = 0
        while unsafe waitpid(process, &status, 0) < 0 {
            guard errno == EINTR else { throw Failure(call: "waitpid", code: errno) }
        }
        return (status, String(decoding: try read(outputPath), as: UTF8.self))
    }
}
