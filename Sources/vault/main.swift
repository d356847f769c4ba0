private import Glibc
private import VaultCLI

// Not exit(3): libuv's destructor closes descriptors for which loops in other threads still wait,
// and libuv aborts there. Nothing is buffered.
_exit(await VaultProgram.run(Array(CommandLine.arguments.dropFirst())))
