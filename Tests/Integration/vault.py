"""The vault under test: a home in a temporary folder, its commands, and its server.

    with Vault() as vault:
        vault.run("init", "--recovery", "none")
        vault.run("secret", "set", "mail", "--stdin", stdin=accounts.ODD.password.encode())
        with vault.serve() as server:
            ...submit to server.port("sandbox-smtp")...
            assert vault.json("status")

The binary is SIGNET_VAULT_BINARY, or .build/debug/vault of this checkout.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from processes import HOST, ROOT, Process, wait_until

RUN_SECONDS = 60.0
READY_SECONDS = 20.0
STOP_SECONDS = 10.0

#: Lets the vault reach the peers, which are all on this machine.
PEERS_EGRESS = {"SIGNET_EGRESS_ALLOW": "127.0.0.0/8,::1/128", "SIGNET_EGRESS_PORTS": "any"}

#: What `vault serve` and `vault sandbox serve` listen on; each gets a free port.
LISTENERS = ("sandbox-smtp", "sandbox-smtps", "pop3", "pop3s")
SANDBOX_LISTENERS = ("smtp", "smtps", "pop3", "pop3s")

# Sanitizers, coverage and backtraces of the binary are the caller's choice.
_PASSED_ON = ("ASAN_", "LSAN_", "TSAN_", "LLVM_PROFILE_", "SWIFT_")


class VaultError(AssertionError):
    """The vault did not end, answer or start as it should; the text holds what it printed."""


class Completed(NamedTuple):
    """What is left of a command."""

    exit: int
    stdout: bytes
    stderr: bytes


class Server:
    """A running `vault serve` or `vault sandbox serve`."""

    def __init__(self, process: Process, ready: dict[str, Any]):
        self._process = process
        #: The object of the ready file: addresses, `ca`, `pid`.
        self.ready = ready

    @property
    def pid(self) -> int:
        return self.ready["pid"]

    @property
    def ca_file(self) -> Path:
        """The certificate of the authority that signed what the server shows."""
        return Path(self.ready["ca"])

    def port(self, listener: str) -> int:
        """The port of one of LISTENERS, written as there or as in the ready file."""
        return int(self.ready[listener.replace("-", "_")].rpartition(":")[2])

    @property
    def socket(self) -> Path:
        """Where commands reach the vault."""
        return Path(self.ready["socket"])

    @property
    def is_running(self) -> bool:
        return self._process.is_running

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        """Sends a signal and waits for the server to end by it."""
        self._process.send_signal(number)
        self._process.wait(STOP_SECONDS)

    def log(self) -> str:
        """All that the server printed."""
        return self._process.log.read_text(errors="replace")


class Vault:
    """A context manager around the home of a vault; nothing of it remains afterwards."""

    def __init__(
        self, binary: Path | None = None, environment: dict[str, str] | None = None,
        home: str = "home", launcher: tuple[str, ...] = (),
    ):
        """`environment` is for every command, by default PEERS_EGRESS; `home` names the home.

        `launcher` stands before every command, such as that of an Island.
        """
        self._launcher = launcher
        self._home_name = home
        named = os.environ.get("SIGNET_VAULT_BINARY")
        self.binary = binary or Path(named or ROOT / ".build" / "debug" / "vault").absolute()
        self.environment = PEERS_EGRESS if environment is None else environment

    def __enter__(self) -> Vault:
        if not self.binary.exists():
            raise VaultError(f"{self.binary} is missing: build it, or set SIGNET_VAULT_BINARY")
        self.folder = Path(tempfile.mkdtemp(prefix="signet-vault-"))
        self.home = self.folder / self._home_name
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def file(self, name: str, content: bytes) -> Path:
        """Writes a file beside the home, for options that take one."""
        path = self.folder / name
        path.write_bytes(content)
        path.chmod(0o600)
        return path

    def run(
        self,
        *args: object,
        stdin: bytes = b"",
        env: dict[str, str] | None = None,
        check_exit: int | None = 0,
        seconds: float = RUN_SECONDS,
    ) -> Completed:
        """Runs one command to its end.

        Args:
            env: Variables for this command besides those of the vault.
            check_exit: The exit status to insist on, or `None` for any.

        Raises:
            VaultError: If the exit status is another one.
            subprocess.TimeoutExpired: After `seconds`; the command is killed.
        """
        command = [*self._launcher, str(self.binary), *map(str, args)]
        done = subprocess.run(
            command, input=stdin, capture_output=True, env=self._environment(env),
            cwd=self.folder, timeout=seconds,
        )
        completed = Completed(done.returncode, done.stdout, done.stderr)
        if check_exit is not None and completed.exit != check_exit:
            raise VaultError(
                f"`vault {' '.join(map(str, args))}` ended with {completed.exit}, "
                f"not {check_exit}\n"
                f"{done.stdout.decode(errors='replace')}{done.stderr.decode(errors='replace')}"
            )
        return completed

    def json(self, *args: object, **options: Any) -> Any:
        """Runs one command with --json and returns what it printed, parsed.

        Where `check_exit` asks for a failure, that is the problem object on standard error.
        """
        completed = self.run(*args, "--json", **options)
        text = completed.stdout if completed.exit == 0 or completed.stdout else completed.stderr
        try:
            return json.loads(text)
        except ValueError as error:
            words = " ".join(map(str, args))
            raise VaultError(f"`vault {words} --json` printed no JSON: {text!r}") from error

    def start(
        self, *args: object, env: dict[str, str] | None = None, stdin: object = subprocess.DEVNULL
    ) -> subprocess.Popen:
        """Starts one command whose end the caller waits for, or brings about."""
        return subprocess.Popen(
            [*self._launcher, str(self.binary), *map(str, args)], stdin=stdin,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self._environment(env),
            cwd=self.folder,
        )

    def serve(
        self, *args: object, env: dict[str, str] | None = None, check_exit: int | None = 0
    ) -> AbstractContextManager[Server]:
        """Runs `vault serve` on free ports for the length of a `with` block.

        The server is ready when the block begins. At its end it gets SIGTERM and must end with
        `check_exit`; if the test killed it before, it may end as it likes.

        Args:
            args: Further options, which win over the ports chosen here.

        Raises:
            VaultError: If the server does not become ready or ends with another status.
        """
        return self._served(["serve"], LISTENERS, args, env, check_exit)

    def serve_sandbox(
        self, *args: object, env: dict[str, str] | None = None, check_exit: int | None = 0
    ) -> AbstractContextManager[Server]:
        """Runs `vault sandbox serve`, which needs no vault, as `serve` does."""
        return self._served(["sandbox", "serve"], SANDBOX_LISTENERS, args, env, check_exit)

    @contextmanager
    def _served(
        self, words: list[str], listeners: tuple[str, ...], args: tuple[object, ...],
        env: dict[str, str] | None, check_exit: int | None,
    ) -> Iterator[Server]:
        ready_file, log = self.folder / "ready.json", self.folder / "serve.log"
        ready_file.unlink(missing_ok=True)
        words = [*words, *map(str, args)]
        for listener in listeners:
            if f"--{listener}" not in words:
                words += [f"--{listener}", f"{HOST}:0"]
        command = [
            *self._launcher, str(self.binary), *words, "--ready-file", str(ready_file)
        ]
        process = Process(command, self.folder, log, self._environment(env), grace=STOP_SECONDS)
        was_alive = False
        try:
            wait_until(
                lambda: _parsed(ready_file) or not process.is_running, READY_SECONDS,
                f"`vault {words[0]}` to be ready:\n{process.log_tail()}",
            )
            ready = _parsed(ready_file)
            if not ready:
                raise VaultError(f"`vault {words[0]}` ended at once:\n{process.log_tail()}")
            yield Server(process, ready)
            was_alive = process.is_running
        finally:
            status = process.stop()
        if was_alive and check_exit is not None and status != check_exit:
            raise VaultError(
                f"`vault {words[0]}` ended with {status}, not {check_exit}:\n{process.log_tail()}"
            )

    def _environment(self, more: dict[str, str] | None) -> dict[str, str]:
        """What a command sees: nothing of the caller's settings but the path and sanitizers."""
        passed_on = {name: value for name, value in os.environ.items()
                     if name.startswith(_PASSED_ON)}
        return {
            "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "HOME": str(self.folder),
            "SIGNET_HOME": str(self.home), **passed_on, **self.environment, **(more or {}),
        }


def _parsed(path: Path) -> dict[str, Any] | None:
    """The JSON object in a file, or nothing while it is not there or not whole."""
    try:
        return json.loads(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return None
