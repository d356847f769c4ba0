internal import CUV
internal import Glibc

/// A child process with the near ends of its three pipes, killed at the latest when it closes.
// Safe: used on its loop's thread alone.
@safe final class RunningProcess: LoopHandle, @unchecked Sendable {
    let input: Stream
    let output: Stream
    let errors: Stream
    /// Why the process was killed, if it was.
    private(set) var failure: EventLoopError?
    private var ending: ProcessResult.Ending?
    private var waiter: UnsafeContinuation<Void, Never>?

    /// Starts the process in a session and a process group of its own.
    init(_ child: ChildProcess, loop: EventLoop) throws(EventLoopError) {
        let (arguments, environment) = try child.strings()
        let pipes = try Self.pipes(loop)
        (input, output, errors) = pipes
        var code: CInt = 0
        do throws(EventLoopError) {
            // A failed uv_spawn leaves a handle that libuv must close, so `setUp` reports success.
            try unsafe super.init(loop: loop, type: UV_PROCESS, call: "uv_spawn") { raw in
                code = unsafe Self.spawn(
                    raw, loop, pipes, child, arguments: arguments, environment: environment)
                return 0
            }
        } catch {
            Self.close(pipes)
            throw error
        }
        guard code == 0 else {
            ending = .exited(127)
            close()
            throw EventLoopError(code: code, call: "uv_spawn", path: child.path)
        }
    }

    /// Returns once the process has ended; it heeds no cancellation.
    func ended() async -> ProcessResult.Ending {
        if ending == nil, !isClosed {
            await unsafe withUnsafeContinuation { unsafe waiter = $0 }
        }
        return ending ?? .signalled(SIGKILL)
    }

    /// Gives up on the process, and kills its group unless it has ended already.
    func kill(because reason: EventLoopError) {
        if failure == nil { failure = reason }
        input.close()
        guard ending == nil else { return }
        let identifier = unsafe raw.assumingMemoryBound(to: uv_process_t.self).pointee.pid
        if identifier > 1 { _ = Glibc.kill(-identifier, SIGKILL) }
    }

    override func didClose() {
        // Only the end of the loop closes a process that runs; nobody waits for its status then.
        kill(because: endError)
        Self.close((input, output, errors))
        wake()
    }

    private func wake() {
        guard let waiter = unsafe waiter else { return }
        unsafe self.waiter = nil
        unsafe waiter.resume()
    }

    private static func pipes(_ loop: EventLoop) throws(EventLoopError) -> (Stream, Stream, Stream)
    {
        let input = try Stream(loop: loop, kind: .unix)
        do throws(EventLoopError) {
            let output = try Stream(loop: loop, kind: .unix)
            do throws(EventLoopError) {
                return (input, output, try Stream(loop: loop, kind: .unix))
            } catch {
                output.close()
                throw error
            }
        } catch {
            input.close()
            throw error
        }
    }

    private static func close(_ pipes: (Stream, Stream, Stream)) {
        pipes.0.close()
        pipes.1.close()
        pipes.2.close()
    }

    private static func spawn(
        _ raw: UnsafeMutableRawPointer, _ loop: EventLoop, _ pipes: (Stream, Stream, Stream),
        _ child: ChildProcess, arguments: [String], environment: [String]
    ) -> CInt {
        var argumentVector = unsafe CStrings(arguments)
        var environmentVector = unsafe CStrings(environment)
        let directory = unsafe child.directory.flatMap { unsafe strdup($0) }
        defer {
            unsafe argumentVector.free()
            unsafe environmentVector.free()
            unsafe Glibc.free(directory)
        }
        let childReads = UV_CREATE_PIPE.rawValue | UV_READABLE_PIPE.rawValue
        let childWrites = UV_CREATE_PIPE.rawValue | UV_WRITABLE_PIPE.rawValue
        var stdio = unsafe [
            container(pipes.0, childReads), container(pipes.1, childWrites),
            container(pipes.2, childWrites),
        ]
        signet_seal_descriptors()
        return unsafe child.path.withCString { path in
            unsafe argumentVector.pointers.withUnsafeMutableBufferPointer { arguments in
                unsafe environmentVector.pointers.withUnsafeMutableBufferPointer { environment in
                    unsafe stdio.withUnsafeMutableBufferPointer { stdio in
                        var options = unsafe uv_process_options_t()
                        unsafe options.file = path
                        unsafe options.args = arguments.baseAddress
                        unsafe options.env = environment.baseAddress
                        unsafe options.cwd = UnsafePointer(directory)
                        unsafe options.flags = UV_PROCESS_DETACHED.rawValue
                        unsafe options.stdio_count = CInt(stdio.count)
                        unsafe options.stdio = stdio.baseAddress
                        unsafe options.exit_cb = exited
                        return unsafe uv_spawn(
                            loop.native, raw.assumingMemoryBound(to: uv_process_t.self), &options)
                    }
                }
            }
        }
    }

    private static func container(_ stream: Stream, _ flags: UInt32) -> uv_stdio_container_t {
        var container = unsafe uv_stdio_container_t()
        unsafe container.flags = uv_stdio_flags(rawValue: flags)
        unsafe container.data.stream = stream.stream
        return unsafe container
    }

    private static let exited: uv_exit_cb = { handle, status, signal in
        guard let process = unsafe LoopHandle.object(handle, as: RunningProcess.self) else {
            return
        }
        process.ending =
            signal == 0 ? .exited(CInt(truncatingIfNeeded: status)) : .signalled(signal)
        process.wake()
        process.loop.runReady()
    }
}

/// A vector of C strings that ends with a null pointer.
@unsafe private struct CStrings {
    var pointers: [UnsafeMutablePointer<CChar>?]

    init(_ strings: [String]) {
        unsafe pointers = strings.map { unsafe strdup($0) } + [nil]
    }

    mutating func free() {
        unsafe pointers.forEach { unsafe Glibc.free($0) }
        unsafe pointers = []
    }
}
