internal import CommandLineCore
package import Operations

extension VaultError {
    /// The error that people see for whatever a command threw.
    package init(describing error: any Error) {
        guard let error = error as? UsageError else {
            self.init(wrapping: error)
            return
        }
        let (cause, remedy) = error.explanation
        self.init(.usage, "usage", cause, remedy)
    }

    /// The exit code of the process.
    package var exitCode: Int32 { Int32(exit.rawValue) }
}
