"""Proves what `vault send` does with servers that strip, lie, break off or never end.

None of them ever learns the password, and no mail goes out twice.
"""

from __future__ import annotations

import base64
import socket
import threading
import time
from collections.abc import Callable

import pytest

from accounts import Account
from connections import READER, connect, explained, send
from processes import HOST

ACCOUNT = Account("hostile@peers.test", "never-in-clear-5c1e")
GREETING = b"220 hostile.test ESMTP\r\n"
EHLO = b"250-hostile.test\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 "


class Hostile:
    """A context manager: a TCP server whose every session is one call of `behave`."""

    def __init__(self, behave: Callable[[Session], None]):
        self._behave = behave
        #: All that clients said, session by session.
        self.heard: list[bytes] = []

    def __enter__(self) -> Hostile:
        self._listener = socket.create_server((HOST, 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()
        return self

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with client:
                client.settimeout(15)
                session = Session(client)
                try:
                    self._behave(session)
                except OSError:
                    pass
                self.heard.append(session.heard)

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def assert_kept_in_the_dark(self) -> None:
        """No session heard the password, plain or as SASL would say it."""
        said = b"".join(self.heard)
        plain = f"\0{ACCOUNT.user}\0{ACCOUNT.password}".encode()
        for secret in (ACCOUNT.password.encode(), base64.b64encode(plain),
                       base64.b64encode(ACCOUNT.password.encode())):
            assert secret not in said, said


class Session:
    """One client: what is said to it, and what it said."""

    def __init__(self, client: socket.socket):
        self._client = client
        self.heard = b""

    def say(self, words: bytes) -> None:
        self._client.sendall(words)

    def hear(self, until: bytes = b"\r\n") -> bytes:
        """Waits for `until`, or the end; returns what is new."""
        begin = len(self.heard)
        while until not in self.heard[begin:]:
            part = self._client.recv(65536)
            if not part:
                raise ConnectionError("the client left")
            self.heard += part
        return self.heard[begin:]

    def hear_out(self) -> None:
        """Answers everything with 250 until the client leaves."""
        while True:
            self.hear()
            self.say(b"250 2.0.0 ok\r\n")


def deliver(vault, subject, behave, encryption="starttls", has_account=True, *options):
    """Sends one mail to such a server; gives the report and the server."""
    with Hostile(behave) as server:
        connect(
            vault, "mail", server.port, encryption, ACCOUNT if has_account else None,
            "--set", "timeouts.connect_ms=5000", "--set", "timeouts.request_ms=10000", *options,
        )
        started = time.monotonic()
        report = send(vault, "mail@production", subject)
        assert time.monotonic() - started < 30
    server.assert_kept_in_the_dark()
    assert report["status"] in ("failed", "ambiguous"), report
    done = vault.run("outbox", "show", report["id"])
    assert ACCOUNT.password not in done.stdout.decode() + str(report)
    return report, server


# MARK: Before TLS


def without_starttls(session: Session) -> None:
    session.say(GREETING)
    session.hear()
    session.say(EHLO + b"AUTH PLAIN LOGIN\r\n")
    session.hear_out()


def refusing_starttls(session: Session) -> None:
    session.say(GREETING)
    session.hear()
    session.say(EHLO + b"STARTTLS\r\n")
    session.hear()
    session.say(b"454 4.7.0 TLS not available\r\n")
    session.hear_out()


def injecting_after_starttls(session: Session) -> None:
    session.say(GREETING)
    session.hear()
    session.say(EHLO + b"STARTTLS\r\n")
    session.hear()
    session.say(b"220 go ahead\r\n250-hostile.test\r\n250 AUTH PLAIN\r\n")
    session.hear_out()


def talking_plain_after_starttls(session: Session) -> None:
    session.say(GREETING)
    session.hear()
    session.say(EHLO + b"STARTTLS\r\n")
    session.hear()
    session.say(b"220 go ahead\r\n")
    session.hear(b"\x16")
    session.say(b"250 AUTH PLAIN\r\n" * 10)
    session.hear_out()


@pytest.mark.parametrize("behave", [
    without_starttls, refusing_starttls, injecting_after_starttls, talking_plain_after_starttls,
])
def test_tls_that_was_asked_for_is_not_given_up(vault, subject, behave):
    """Whoever strips STARTTLS or speaks instead of it gets neither login nor mail."""
    report, server = deliver(vault, subject, behave)
    said = b"".join(server.heard)
    for word in (b"AUTH", b"MAIL FROM", subject.encode()):
        assert word not in said, said
    assert report["attempts"][-1]["class"] in ("tls_downgrade", "tls_io", "tls_trust"), report


def test_a_plain_server_on_a_tls_port(vault, subject):
    """A greeting in the clear where TLS should begin ends the session."""
    def behave(session: Session) -> None:
        session.say(GREETING)
        session.hear_out()

    report, _ = deliver(vault, subject, behave, "implicit_tls")
    assert "TLS" in report["attempts"][-1]["explanation"]


# MARK: Nonsense


def endless_greeting(session: Session) -> None:
    while True:
        session.say(b"220-still going\r\n" * 1000)


def long_line(session: Session) -> None:
    session.say(b"220 " + b"x" * 10_000_000)
    session.hear_out()


def wrong_protocol(session: Session) -> None:
    session.say(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    session.hear_out()


def binary(session: Session) -> None:
    session.say(bytes(range(256)) * 100)
    session.hear_out()


def gone_at_once(session: Session) -> None:
    pass


def busy(session: Session) -> None:
    session.say(b"421 4.3.2 too busy\r\n")


@pytest.mark.parametrize(
    "behave", [endless_greeting, long_line, wrong_protocol, binary, gone_at_once, busy]
)
@pytest.mark.parametrize("encryption", ["starttls", "implicit_tls", "none"])
def test_nonsense_ends_the_session(vault, subject, behave, encryption):
    """The command ends soon, with 1 or 7 and a remedy, whatever comes."""
    report, _ = deliver(vault, subject, behave, encryption, encryption != "none")
    assert report["status"] == "failed"
    assert "\x1b" not in str(report) and "\\x00" not in str(report)


def test_no_login_where_none_is_offered(vault, subject):
    """A connection with an account never sends without logging in."""
    def behave(session: Session) -> None:
        session.say(GREETING)
        session.hear()
        session.say(EHLO + b"SIZE 1000000\r\n")
        session.hear_out()

    _, server = deliver(vault, subject, behave, "none")
    assert b"MAIL FROM" not in b"".join(server.heard)


def test_an_oversized_message_is_not_begun(vault, subject):
    """A server's SIZE is believed before the message is sent."""
    def behave(session: Session) -> None:
        session.say(GREETING)
        session.hear()
        session.say(EHLO + b"SIZE 20\r\n")
        session.hear_out()

    report, server = deliver(vault, subject, behave, "none", False)
    assert b"DATA" not in b"".join(server.heard) and report["status"] == "failed"


# MARK: At the end


def taking_until(end: Callable[[Session], None]) -> Callable[[Session], None]:
    """A server that takes a mail and ends it with `end`."""
    def behave(session: Session) -> None:
        session.say(GREETING)
        session.hear()
        session.say(EHLO + b"SIZE 1000000\r\n")
        while True:
            words = session.hear()
            for line in words.split(b"\r\n")[:-1]:
                if line.upper() == b"DATA":
                    session.say(b"354 go ahead\r\n")
                    session.hear(b"\r\n.\r\n")
                    return end(session)
                session.say(b"250 2.1.0 ok\r\n")

    return behave


def test_a_connection_lost_after_the_dot_is_ambiguous(vault, subject):
    """Nobody knows whether the mail was taken: it is reported so, and not sent again."""
    report, server = deliver(vault, subject, taking_until(lambda session: None), "none", False)
    assert report["status"] == "ambiguous" and len(report["attempts"]) == 1
    assert b"".join(server.heard).count(subject.encode()) == 1
    done = vault.run("outbox", "list", "--json")
    assert b"ambiguous" in done.stdout


def test_a_refusal_after_the_dot_is_a_failure(vault, subject):
    """554 at the end: exit 1, the server's words, nothing sent again."""
    def refuse(session: Session) -> None:
        session.say(b"554 5.7.1 \x1b[31mspam\x1b[0m\r\n")
        session.hear_out()

    with Hostile(taking_until(refuse)) as server:
        connect(vault, "mail", server.port, "none")
        done = vault.run(
            "send", "--connection", "mail@production", "--to", READER, "--subject", subject,
            check_exit=1,
        )
    assert "554" in explained(done) and b"\x1b" not in done.stdout + done.stderr
    assert len(server.heard) == 1


def test_a_loss_at_quit_is_a_success(vault, subject):
    """Once 250 has come, the mail is sent, however the session ends."""
    def accept(session: Session) -> None:
        session.say(b"250 2.0.0 queued\r\n")

    with Hostile(taking_until(accept)) as server:
        connect(vault, "mail", server.port, "none")
        assert send(vault, "mail@production", subject, check_exit=0)["status"] == "sent"
