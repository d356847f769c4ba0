"""A network of its own, in which every address of the world is one listening machine.

    with Island() as island, Vault(launcher=island.launcher, environment={}) as vault:
        island.names = {"mail.example.com": [["93.184.215.14"]]}
        ...
        assert island.connections == []

Nothing that runs inside reaches the outside, the test's own loopback included. There, every IPv4
and IPv6 address is local (AnyIP), names are resolved by a server that says what the test wants,
and a listener on each of some ports takes every connection. The kernel's own count of opened
connections is part of the answer, so that an attempt to any other port shows too.
"""

from __future__ import annotations

import json
import shutil
import socket
import sys
from pathlib import Path
from typing import Any

from processes import Process, PeerError, readable_folder, wait_until

START_SECONDS = 10.0

_SCRIPT = """\
ip link set lo up &&
ip route add local 0.0.0.0/0 dev lo && ip -6 route add local ::/0 dev lo &&
mount --bind "$1/resolv.conf" /etc/resolv.conf && mount --bind "$1/hosts" /etc/hosts &&
mount --bind "$1/nsswitch.conf" /etc/nsswitch.conf &&
exec "$2" -S "$3" "$1"
"""


class Island:
    """A context manager: the network, its name server and its listeners."""

    #: Each of these ports has a listener on every address.
    ports = (25, 110, 465, 587, 995, 2525)

    def __enter__(self) -> Island:
        self._folder = readable_folder("signet-island-")
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _start(self) -> None:
        self._process: Process | None = None
        for name, text in (
            # One attempt: a question that is not answered is a case of its own.
            ("resolv.conf", "nameserver 127.0.0.53\noptions timeout:1 attempts:1\n"),
            ("hosts", "127.0.0.1 localhost\n::1 localhost\n"),
            ("nsswitch.conf", "hosts: files dns\n"),
            ("ports", json.dumps(self.ports)),
        ):
            path = self._folder / name
            path.write_text(text)
            path.chmod(0o644)
        inside = Path(__file__).with_name("island_inside.py")
        self._process = Process(
            ["unshare", "--net", "--mount", "sh", "-c", _SCRIPT, "sh", str(self._folder),
             sys.executable, str(inside)],
            self._folder, self._folder / "output.log",
        )
        control = self._folder / "control"
        try:
            wait_until(
                lambda: control.exists() or not self._process.is_running, START_SECONDS, "island"
            )
        except TimeoutError:
            pass
        if not control.exists():
            raise PeerError(f"there is no network to be had:\n{self._process.log_tail()}")

    def __exit__(self, *_: object) -> None:
        try:
            if self._process:
                self._process.stop()
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def launcher(self) -> tuple[str, ...]:
        """Words before a command that make it run on the island."""
        return ("nsenter", "--net", "--mount", "--wdns=/", "-t", str(self._process.pid))

    def reset(
        self, names: dict[str, list[list[str]]] | None = None, greeting: str | None = None
    ) -> None:
        """Forgets what happened, and says what is to happen next.

        Args:
            names: The answers for each name, one list of addresses for each time it is asked for;
                the last one stays. All other names do not exist.
            greeting: What listeners say to whoever comes, and then close; without it, nothing.
        """
        self._ask({"names": names or {}, "greeting": greeting})

    def seen(self) -> dict[str, Any]:
        """What happened since `reset`.

        `connections` is a list of address, port and what was said; `opened`, how many connections
        the kernel was asked to open; `asked`, the names that were resolved.
        """
        return self._ask({})

    def assert_quiet(self) -> None:
        """Nobody tried to open a connection to any address."""
        seen = self.seen()
        assert (seen["connections"], seen["opened"]) == ([], 0), seen

    def _ask(self, words: dict[str, Any]) -> dict[str, Any]:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(10)
            client.connect(str(self._folder / "control"))
            with client.makefile("rwb") as file:
                file.write(json.dumps(words).encode() + b"\n")
                file.flush()
                return json.loads(file.readline())
