private import Glibc
private import VaultCLI

exit(await VaultProgram.run(Array(CommandLine.arguments.dropFirst())))
