"""Daemons under test: free ports, supervised processes, and the life of a peer."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from supervise import descendants

HOST = "127.0.0.1"
#: The checkout; what tools/install-dependencies unpacked lies below its .build/peers.
ROOT = Path(__file__).resolve().parents[2]
UNPACKED = ROOT / ".build" / "peers"

START_SECONDS = 20.0
STOP_GRACE_SECONDS = 1.0
START_ATTEMPTS = 3
POLL_SECONDS = 0.01


class PeerError(Exception):
    """A peer could not be started or did not do its part; the text tells what to do."""


def wait_until(condition: Callable[[], object], seconds: float, what: str) -> object:
    """Polls until `condition` gives something true, and returns that.

    Raises:
        TimeoutError: After `seconds`, naming `what` was waited for.
    """
    deadline = time.monotonic() + seconds
    while True:
        if value := condition():
            return value
        if time.monotonic() >= deadline:
            raise TimeoutError(f"waited {seconds:g} s for {what}")
        time.sleep(POLL_SECONDS)


def free_ports(count: int) -> list[int]:
    """Different TCP ports of 127.0.0.1 that nobody has; the caller must be quick to bind them."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind((HOST, 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


def is_free(port: int) -> bool:
    """Whether a server could listen on `port` of 127.0.0.1 now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
            probe.listen(1)
        except OSError:
            return False
    return True


def listening_sockets() -> dict[int, set[str]]:
    """The socket inodes that listen on 127.0.0.1, by port."""
    found: dict[int, set[str]] = {}
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        address, port = fields[1].split(":")
        if fields[3] == "0A" and address == "0100007F":
            found.setdefault(int(port, 16), set()).add(fields[9])
    return found


def sockets_of(pids: list[int]) -> set[str]:
    """The socket inodes that any of `pids` holds open."""
    found = set()
    for pid in pids:
        try:
            for descriptor in os.scandir(f"/proc/{pid}/fd"):
                target = os.readlink(descriptor.path)
                if target.startswith("socket:["):
                    found.add(target[8:-1])
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


def readable_folder(prefix: str) -> Path:
    """A new temporary folder that a daemon's own user may pass through but not list."""
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    folder.chmod(0o711)
    return folder


class Process:
    """A command under supervise.py: none of its descendants outlives it, or the test."""

    def __init__(
        self,
        command: list[str],
        folder: Path,
        log: Path,
        environment: dict[str, str] | None = None,
        grace: float = STOP_GRACE_SECONDS,
    ):
        """Starts `command` with its output in `log`; `folder` goes if the test is killed.

        `stop` waits for `grace` seconds between asking and insisting.
        """
        self._grace = grace
        supervisor = Path(__file__).with_name("supervise.py")
        self.log = log
        with log.open("ab") as output:
            self._supervisor = subprocess.Popen(
                [sys.executable, "-S", supervisor, str(grace), folder, *command],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=output,
                env=environment, cwd=folder, start_new_session=True, bufsize=0,
            )
        self.pid = int(self._supervisor.stdout.readline() or 0)
        if not self.pid:
            raise PeerError(f"the supervisor of {command[0]} did not start:\n{self.log_tail()}")

    @property
    def pids(self) -> list[int]:
        """The command and all that came from it."""
        return descendants(self._supervisor.pid)

    @property
    def is_running(self) -> bool:
        return self.pid in self.pids

    def owns(self, ports: list[int]) -> bool:
        """Whether this process, or one that came from it, listens on each of `ports`."""
        listening, own = listening_sockets(), sockets_of(self.pids)
        return all(listening.get(port, set()) & own for port in ports)

    def send_signal(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def wait(self, seconds: float) -> None:
        """Waits until the command has ended by itself."""
        wait_until(lambda: not self.is_running, seconds, f"process {self.pid} to end")

    def stop(self) -> int:
        """Ends the command and all that came from it; returns its exit status."""
        if self._supervisor.poll() is None:
            try:
                self._supervisor.stdin.write(b"stop\n")
            except BrokenPipeError:
                pass
        status = self._supervisor.wait(timeout=self._grace + 10)
        self._supervisor.stdin.close()
        self._supervisor.stdout.close()
        return status

    def log_tail(self, lines: int = 20) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


class Peer:
    """A server on 127.0.0.1 with everything it needs below one temporary folder.

    A context manager: entered, it has its ports, runs and listens; left, on whatever path, neither
    process nor port nor folder remains. A subclass names its ports and writes its configuration.
    Set SIGNET_KEEP_PEERS to keep the folders for a look at their logs.
    """

    port_names: tuple[str, ...] = ("smtp",)
    program: Path

    def __init__(self) -> None:
        self.ports: dict[str, int] = {}
        self.process: Process | None = None
        self.folder: Path | None = None

    def configure(self) -> list[str]:
        """Writes the configuration for `ports` into `folder`; returns the command that runs it."""
        raise NotImplementedError

    def port(self, name: str) -> int:
        return self.ports[name]

    def __enter__(self) -> Peer:
        name = type(self).__name__
        if os.geteuid() != 0:
            raise PeerError(f"{name} runs as root only: it gives up its rights by itself")
        if not self.program.exists():
            raise PeerError(f"{self.program} is missing: run tools/install-dependencies test")
        for attempt in range(START_ATTEMPTS):
            try:
                self._start(name.lower())
                return self
            except BaseException as error:
                clash = isinstance(error, PeerError) and self._stop_and_look_for_clash()
                self._remove()
                if not clash or attempt == START_ATTEMPTS - 1:
                    raise
        raise AssertionError("unreachable")

    def __exit__(self, *_: object) -> None:
        self._remove()

    def _start(self, name: str) -> None:
        self.folder = readable_folder(f"signet-{name}-")
        self.ports = dict(zip(self.port_names, free_ports(len(self.port_names))))
        # The daemons give up root: their own users must get through what is made for them.
        previous = os.umask(0o022)
        try:
            command = self.configure()
        finally:
            os.umask(previous)
        process = self.process = Process(command, self.folder, self.folder / "output.log")
        ports = list(self.ports.values())
        try:
            wait_until(
                lambda: process.owns(ports) or not process.is_running, START_SECONDS, f"{name}"
            )
        except TimeoutError:
            pass
        if not process.owns(ports):
            raise PeerError(f"{name} does not listen on {self.ports}:\n{self.logs()}")

    def logs(self) -> str:
        """The last lines of every log the peer wrote, for failure messages."""
        parts = []
        for path in sorted(self.folder.glob("*.log")):
            lines = path.read_text(errors="replace").splitlines()[-20:]
            parts += [f"--- {path.name}", *lines]
        return "\n".join(parts)

    def _stop_and_look_for_clash(self) -> bool:
        """Whether someone else has one of the ports once this peer is gone."""
        if self.process:
            self.process.stop()
        return not all(is_free(port) for port in self.ports.values())

    def _remove(self) -> None:
        process, self.process = self.process, None
        try:
            if process:
                process.stop()
        finally:
            if self.folder and not os.environ.get("SIGNET_KEEP_PEERS"):
                shutil.rmtree(self.folder, ignore_errors=True)
