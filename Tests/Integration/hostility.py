"""What servers say to break a client, at any step, and how a vault is put to the test by it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from accounts import Account
from connections import connect, pop3_options, send, set_secret
from dialogues import smtp
from scripted import ScriptedServer, Session, forms_within
from vault import Server, Vault

#: A session may take this long whatever the server does; its own limits are 5 and 10 seconds.
MOST_SECONDS = 25.0
#: How much memory one such session may need, in bytes.
MOST_MEMORY = 32 << 20

TIMEOUTS = ("--set", "timeouts.connect_ms=5000", "--set", "timeouts.request_ms=10000")


class Watched:
    """A vault whose server is watched while it talks to hostile servers."""

    def __init__(self, vault: Vault, server: Server):
        self.vault = vault
        self._folder = Path("/proc", str(server.pid))

    def send(
        self, name: str, behave: Callable[[Session], None], encryption: str,
        account: Account | None, *options: object, **of_server: Any,
    ) -> tuple[dict[str, Any], ScriptedServer]:
        """Sends one mail to a server that does `behave`, over a new connection `name`.

        Returns:
            The report and the server, after its end. Of the account, nothing was said in clear,
            and nothing stands in the report.
        """
        with ScriptedServer(behave, **of_server) as server:
            connect(
                self.vault, name, server.port, encryption, account, *TIMEOUTS, *options,
                secret=f"{name}-pass",
            )
            with self.bounded():
                report = send(self.vault, f"{name}@production", name)
        if account:
            for place in (*(one.heard_in_clear for one in server.sessions), repr(report).encode()):
                assert forms_within(place, account.password, account.user) == [], place[:4000]
        return report, server

    def send_after_pop3(
        self, name: str, behave: Callable[[Session], None], encryption: str, account: Account,
        *options: object, **of_server: Any,
    ) -> tuple[dict[str, Any], ScriptedServer, ScriptedServer]:
        """Sends one mail whose login is that of a POP3 server that does `behave`.

        Returns:
            The report, the POP3 server, and the SMTP server, which takes everything.
        """
        with ScriptedServer(behave, **of_server) as pop, ScriptedServer(smtp()) as server:
            set_secret(self.vault, f"{name}-pass", account.password)
            connect(
                self.vault, name, server.port, "none", None, *TIMEOUTS,
                *pop3_options(pop.port, encryption, account, f"{name}-pass"), *options,
            )
            with self.bounded():
                report = send(self.vault, f"{name}@production", name)
        for place in (*(one.heard_in_clear for one in pop.sessions), server.said,
                      repr(report).encode()):
            assert forms_within(place, account.password, account.user) == [], place[:4000]
        return report, pop, server

    @contextmanager
    def bounded(self) -> Iterator[None]:
        """Asserts that the block neither takes long nor makes the server large."""
        (self._folder / "clear_refs").write_text("5")
        memory, started = self._memory("VmRSS"), time.monotonic()
        yield
        assert time.monotonic() - started < MOST_SECONDS
        assert self._memory("VmHWM") - memory < MOST_MEMORY

    def processor_seconds(self) -> float:
        """How long the server has been computing since it began."""
        fields = (self._folder / "stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def _memory(self, name: str) -> int:
        for line in (self._folder / "status").read_text().splitlines():
            if line.startswith(f"{name}:"):
                return int(line.split()[1]) * 1024
        raise AssertionError(f"the server has no {name}")


# MARK: What is said


def endless(begin: bytes) -> Callable[[Session], None]:
    """A reply of so many lines that it never ends."""
    def behave(session: Session) -> None:
        while True:
            session.say((begin + b"still going\r\n") * 1000)

    return behave


def endless_line(begin: bytes) -> Callable[[Session], None]:
    """A line that never ends."""
    def behave(session: Session) -> None:
        session.say(begin)
        while True:
            session.say(b"x" * 65536)

    return behave


def gone(session: Session) -> None:
    """Ends the session instead of an answer."""


def half(begin: bytes) -> Callable[[Session], None]:
    """Ends the session within the answer."""
    def behave(session: Session) -> None:
        session.say(begin)

    return behave


def dripping(begin: bytes) -> Callable[[Session], None]:
    """Sends an octet a second of an answer that does not end."""
    def behave(session: Session) -> None:
        session.drip(begin + b"x" * 1000, 1)

    return behave


def silent(session: Session) -> None:
    """Says nothing any more."""
    session.listen_out()
