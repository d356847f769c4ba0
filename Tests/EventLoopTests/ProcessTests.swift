import Glibc
import Testing

@testable import EventLoop

@Suite("Child processes and signals", .serialized, .timeLimit(.minutes(2)))
struct ProcessTests {
    private func shell(_ script: String) -> ChildProcess {
        ChildProcess(path: "/bin/sh", arguments: ["-c", script])
    }

    @Test("A process gets its arguments, environment and directory, and nothing else")
    func inheritance() async throws {
        var child = ChildProcess(path: "/usr/bin/env", environment: ["B": "2", "A": "1=1"])
        child.directory = "/tmp"
        let environment = try await onLoop { [child] in try await $0.run(child) }
        #expect(environment.ending == .exited(0) && environment.isSuccess)
        #expect(environment.output == Array("A=1=1\nB=2\n".utf8))
        child.path = "/bin/pwd"
        let directory = try await onLoop { [child] in try await $0.run(child) }
        #expect(directory.output == Array("/tmp\n".utf8))
        child.path = "/bin/echo"
        child.arguments = ["a b", "c"]
        let echo = try await onLoop { [child] in try await $0.run(child) }
        #expect(echo.output == Array("a b c\n".utf8))
        let signals = try await onLoop { [self] loop in
            try await loop.run(shell("grep -E 'Sig(Blk|Ign)' /proc/self/status; ls /proc/self/fd"))
        }
        let lines = String(decoding: signals.output, as: UTF8.self).split(separator: "\n")
        #expect(lines.first == "SigBlk:\t0000000000000000")
        // Signals 1 to 31, SIGPIPE among them; 32 and up are the C library's own.
        let ignored = lines.dropFirst().first.flatMap { UInt64($0.suffix(16), radix: 16) }
        #expect(ignored.map { $0 & 0x7FFF_FFFF } == 0)
        #expect(lines.dropFirst(2) == ["0", "1", "2", "3"])
    }

    @Test("Status, signal and both outputs are told apart")
    func endings() async throws {
        let failed = try await onLoop { [self] in
            try await $0.run(shell("echo out; echo err >&2; exit 3"))
        }
        #expect(failed.ending == .exited(3) && !failed.isSuccess)
        #expect(failed.output == Array("out\n".utf8) && failed.errors == Array("err\n".utf8))
        let killed = try await onLoop { [self] in try await $0.run(shell("kill -TERM $$")) }
        #expect(killed.ending == .signalled(SIGTERM))
    }

    @Test(
        "Lent input arrives whole, however large, and may be left unread",
        arguments: [0, 1, 3 << 20])
    func input(_ count: Int) async throws {
        let result = try await onLoop { loop in
            let bytes = [UInt8](repeating: 0x61, count: count)
            return try await loop.run(ChildProcess(path: "/usr/bin/wc", arguments: ["-c"])) {
                $0(bytes.span)
            }
        }
        #expect(result.output == Array("\(count)\n".utf8))
        let unread = try await onLoop { loop in
            let bytes = [UInt8](repeating: 0x61, count: count)
            return try await loop.run(ChildProcess(path: "/bin/true")) { $0(bytes.span) }
        }
        #expect(unread.isSuccess)
    }

    @Test("A process that runs too long is killed with its children")
    func deadline() async throws {
        var child = shell("sleep 3600 & sleep 3600")
        child.deadline = .milliseconds(50)
        await #expect(throws: EventLoopError.timedOut) {
            try await onLoop { [child] in try await $0.run(child) }
        }
    }

    @Test("A process that never reads its input is killed in time")
    func deadlineWhileFeeding() async throws {
        var child = shell("exec sleep 3600")
        child.deadline = .milliseconds(50)
        await #expect(throws: EventLoopError.timedOut) {
            try await onLoop { [child] loop in
                let bytes = [UInt8](repeating: 0x61, count: 4 << 20)
                return try await loop.run(child) { $0(bytes.span) }
            }
        }
    }

    @Test("Too much output ends the process, quick or endless")
    func outputLimit() async throws {
        for script in ["cat /dev/zero", "head -c 1001 /dev/zero", "cat /dev/zero >&2"] {
            var child = shell(script)
            child.outputLimit = 1000
            await #expect(throws: EventLoopError.outputTooLarge(limit: 1000)) {
                try await onLoop { [child] in try await $0.run(child) }
            }
        }
        var child = shell("head -c 1000 /dev/zero")
        child.outputLimit = 1000
        let result = try await onLoop { [child] in try await $0.run(child) }
        #expect(result.output.count == 1000)
    }

    @Test("A grandchild that keeps the pipes open does not keep the caller waiting")
    func grandchild() async throws {
        let result = try await onLoop { [self] loop in
            try await loop.run(shell("sleep 5 & echo done"))
        }
        #expect(result.output == Array("done\n".utf8))
    }

    @Test("Cancelling kills the process, and so does the end of the loop")
    func cancellation() async throws {
        let error = try await onLoop { [self] loop in
            await withTaskGroup(of: EventLoopError?.self) { group in
                group.addTask(executorPreference: loop) {
                    await failure { _ = try await loop.run(shell("sleep 3600")) }
                }
                try? await loop.sleep(for: .milliseconds(20))
                group.cancelAll()
                return await group.next() ?? nil
            }
        }
        #expect(error == .cancelled)
        let loop = try EventLoop(name: "test")
        try loop.start()
        let task = Task(executorPreference: loop) {
            await failure { _ = try await loop.run(shell("sleep 3600")) }
        }
        try await Task(executorPreference: loop) {
            try await loop.sleep(for: .milliseconds(20))
        }.value
        await loop.stop()
        #expect(await task.value == .stopped)
    }

    @Test("What cannot be started says why")
    func failures() async throws {
        try await onLoop { loop in
            await #expect(throws: EventLoopError.notFound("/no/such/program")) {
                try await loop.run(ChildProcess(path: "/no/such/program"))
            }
            await #expect(throws: EventLoopError.permissionDenied("/etc/passwd")) {
                try await loop.run(ChildProcess(path: "/etc/passwd"))
            }
            for bad in [
                ChildProcess(path: ""), ChildProcess(path: "/bin/true", arguments: ["a\u{0}b"]),
                ChildProcess(path: "/bin/true", environment: ["A=B": "1"]),
            ] {
                let error = await failure { _ = try await loop.run(bad) }
                guard case .invalidArgument = error else {
                    Issue.record("\(bad) gave \(String(describing: error))")
                    continue
                }
            }
            try await loop.sleep(for: .milliseconds(1))
            #expect(loop.openHandles <= 1)
        }
    }

    @Test("Signals arrive as a sequence that ends with the loop")
    func signals() async throws {
        let loop = try EventLoop(name: "test")
        try loop.start()
        let numbers = loop.signals([SIGUSR1, SIGUSR2])
        try await Task(executorPreference: loop) { try await loop.sleep(for: .zero) }.value
        kill(getpid(), SIGUSR1)
        var iterator = numbers.makeAsyncIterator()
        #expect(await iterator.next() == SIGUSR1)
        kill(getpid(), SIGUSR2)
        #expect(await iterator.next() == SIGUSR2)
        await loop.stop()
        #expect(await iterator.next() == nil)
    }
}
