/// What to run, with nothing inherited: not the environment, not a descriptor, not a terminal.
package struct ChildProcess: Sendable, Hashable {
    /// The executable file; a name without a slash is looked for in this process's `PATH`.
    package var path: String
    /// The arguments after the program's name.
    package var arguments: [String]
    /// The whole environment.
    package var environment: [String: String]
    /// Where it runs; here by default.
    package var directory: String?
    /// Bytes that it may write to standard output, and as many to standard error.
    package var outputLimit: Int
    /// How long it may take, after which it is killed with all of its process group.
    package var deadline: Duration

    /// Describes a process.
    package init(
        path: String, arguments: [String] = [], environment: [String: String] = [:],
        directory: String? = nil, outputLimit: Int = 65_536, deadline: Duration = .seconds(30)
    ) {
        self.path = path
        self.arguments = arguments
        self.environment = environment
        self.directory = directory
        self.outputLimit = outputLimit
        self.deadline = deadline
    }

    /// The argument vector and the environment as C wants them.
    func strings() throws(EventLoopError) -> (arguments: [String], environment: [String]) {
        let arguments = [path] + arguments
        guard arguments.count <= EventLoopLimits.processStrings,
            environment.count <= EventLoopLimits.processStrings
        else { throw .invalidArgument("a process gets too many arguments or variables") }
        let texts = arguments + environment.keys + environment.values + [directory ?? ""]
        guard !path.isEmpty, !texts.contains(where: { $0.utf8.contains(0) }),
            !environment.keys.contains(where: { $0.isEmpty || $0.utf8.contains(0x3D) })
        else { throw .invalidArgument("a process's path, argument or variable is malformed") }
        return (arguments, environment.map { "\($0)=\($1)" }.sorted())
    }
}

/// How a child process ended and what it wrote.
package struct ProcessResult: Sendable, Hashable {
    /// How a process ends.
    package enum Ending: Sendable, Hashable {
        /// It exited with a status of 0 to 255.
        case exited(Int32)
        /// A signal ended it.
        case signalled(Int32)
    }

    /// How it ended.
    package let ending: Ending
    /// What it wrote to standard output.
    package let output: [UInt8]
    /// What it wrote to standard error.
    package let errors: [UInt8]

    /// Whether it exited with status 0.
    package var isSuccess: Bool { ending == .exited(0) }
}
