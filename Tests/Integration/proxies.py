"""Proxies that write down what they are asked for: SOCKS5, HTTP CONNECT, and a silent listener."""

from __future__ import annotations

import base64
import ipaddress
import select
import socket
import struct
from collections.abc import Callable

from processes import HOST
from scripted import ScriptedServer, Session


class Refusal(Exception):
    """A proxy that does not do what it is asked; says so in its protocol."""


def _relay(client: socket.socket, server: socket.socket, keep: Callable[[bytes, bool], None]):
    """Carries bytes both ways until either end is done; `keep` sees them, and whether inbound."""
    ends = {client: server, server: client}
    while True:
        for one in select.select(list(ends), [], [], 30)[0]:
            part = one.recv(65536)
            if not part:
                return
            keep(part, one is server)
            ends[one].sendall(part)


class Recorder:
    """A context manager: passes every connection on to `target`, and keeps what went through it."""

    def __init__(self, target: int):
        self._target = target
        #: What clients sent and what the server sent, session after session.
        self.sent: list[bytes] = []
        self.answered: list[bytes] = []
        self._server = ScriptedServer(self._behave)

    def __enter__(self) -> Recorder:
        self._server.__enter__()
        return self

    def __exit__(self, *of_block: object) -> None:
        self._server.__exit__(*of_block)

    @property
    def port(self) -> int:
        return self._server.port

    @property
    def everything(self) -> bytes:
        return b"".join(self.sent + self.answered)

    def _behave(self, session: Session) -> None:
        parts: dict[bool, list[bytes]] = {False: [], True: []}
        with socket.create_connection((HOST, self._target), timeout=15) as server:
            try:
                _relay(
                    session.socket, server, lambda part, inbound: parts[inbound].append(part)
                )
            finally:
                self.sent.append(b"".join(parts[False]))
                self.answered.append(b"".join(parts[True]))


class Proxy:
    """A context manager: a proxy of one of two kinds, `socks5` or `http_connect`.

    It connects to ports of 127.0.0.1 whatever address it is asked for. With `login`, a user name
    and a password, it serves nobody else. With `refuse`, it serves nobody at all.
    """

    def __init__(self, kind: str, login: tuple[str, str] | None = None, refuse: bool = False):
        self._login = login
        self._refuse = refuse
        behave = {"socks5": self._socks5, "http_connect": self._http_connect}[kind]
        self._server = ScriptedServer(behave)
        #: Host and port of each request, as they were asked for.
        self.asked: list[tuple[str, int]] = []

    def __enter__(self) -> Proxy:
        self._server.__enter__()
        return self

    def __exit__(self, *of_block: object) -> None:
        self._server.__exit__(*of_block)

    @property
    def port(self) -> int:
        return self._server.port

    def _socks5(self, session: Session) -> None:
        version, count = session.hear_octets(2)
        methods = session.hear_octets(count)
        wanted = 2 if self._login else 0
        if version != 5 or wanted not in methods:
            return session.say(b"\5\xff")
        session.say(bytes([5, wanted]))
        if self._login:
            _, length = session.hear_octets(2)
            user = session.hear_octets(length)
            password = session.hear_octets(session.hear_octets(1)[0])
            if (user.decode(), password.decode()) != self._login:
                return session.say(b"\1\1")
            session.say(b"\1\0")
        _, command, _, kind = session.hear_octets(4)
        if kind == 3:
            host = session.hear_octets(session.hear_octets(1)[0]).decode()
        else:
            host = str(ipaddress.ip_address(session.hear_octets(4 if kind == 1 else 16)))
        (port,) = struct.unpack("!H", session.hear_octets(2))
        self.asked.append((host, port))
        if self._refuse or command != 1:
            return session.say(b"\5\2\0\1\0\0\0\0\0\0")
        self._pass_on(session, port, b"\5\0\0\1\0\0\0\0\0\0")

    def _http_connect(self, session: Session) -> None:
        head = session.hear(b"\r\n\r\n").decode()
        method, target, _ = head.split("\r\n")[0].split(" ")
        host, _, port = target.rpartition(":")
        self.asked.append((host.strip("[]"), int(port)))
        expected = base64.b64encode(":".join(self._login).encode()).decode() if self._login else ""
        if self._login and f"Basic {expected}" not in head:
            return session.say(
                b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"
            )
        if self._refuse or method != "CONNECT":
            return session.say(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
        self._pass_on(session, int(port), b"HTTP/1.1 200 Connection established\r\n\r\n")

    def _pass_on(self, session: Session, port: int, consent: bytes) -> None:
        with socket.create_connection((HOST, port), timeout=15) as server:
            session.say(consent)
            _relay(session.socket, server, lambda part, inbound: None)
