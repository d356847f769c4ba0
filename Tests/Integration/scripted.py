"""Servers that follow a script instead of a protocol, and write down every byte they are told."""

from __future__ import annotations

import base64
import socket
import ssl
import threading
from collections.abc import Callable

from accounts import Account
from certificates import Identity
from processes import HOST

#: How long a session waits for a client that neither speaks nor leaves.
SILENCE_SECONDS = 15.0


def server_context(identity: Identity, **versions: ssl.TLSVersion) -> ssl.SSLContext:
    """What a TLS server needs; `versions` may set `minimum_version` and `maximum_version`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(identity.certificate, identity.key)
    for name, version in versions.items():
        setattr(context, name, version)
    return context


class Session:
    """One client: what is said to it, and what it said."""

    def __init__(self, client: socket.socket, over: threading.Event):
        self._client = client
        self._over = over
        #: All that the client said, decrypted; and of that, what it said before TLS.
        self.heard = b""
        self.heard_in_clear = b""
        self._taken = 0

    def say(self, words: bytes) -> None:
        """Sends `words` as they are, in one write."""
        self._client.sendall(words)

    def drip(self, words: bytes, seconds: float) -> None:
        """Sends one octet of `words` every `seconds`, until the server is to end."""
        for octet in words:
            if self._over.wait(seconds):
                raise ConnectionAbortedError("the server ends")
            self.say(bytes([octet]))

    def hear(self, until: bytes = b"\r\n") -> bytes:
        """Waits for `until`; returns what was said up to there and has not been returned yet.

        Raises:
            ConnectionError: If the client leaves before.
        """
        while True:
            end = self.heard.find(until, self._taken)
            if end >= 0:
                begin, self._taken = self._taken, end + len(until)
                return self.heard[begin:self._taken]
            self._hear_more()

    def hear_octets(self, count: int) -> bytes:
        """Waits for so many octets and returns them."""
        while len(self.heard) - self._taken < count:
            self._hear_more()
        begin, self._taken = self._taken, self._taken + count
        return self.heard[begin:self._taken]

    def hear_out(self, answer: bytes = b"250 2.0.0 ok\r\n") -> None:
        """Gives every line the same answer until the client leaves."""
        while True:
            self.hear()
            self.say(answer)

    def listen_out(self) -> None:
        """Hears everything in silence until the client leaves."""
        while part := self._client.recv(65536):
            self._keep(part)

    def start_tls(self, context: ssl.SSLContext) -> ssl.SSLSocket:
        """Does the server's side of a handshake; from now on both speak under TLS."""
        self._client = context.wrap_socket(self._client, server_side=True)
        return self._client

    @property
    def is_encrypted(self) -> bool:
        return isinstance(self._client, ssl.SSLSocket)

    def close(self) -> None:
        """Ends the session at once, whoever is waiting in it."""
        try:
            self._client.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._client.close()

    @property
    def socket(self) -> socket.socket:
        """For whoever goes on without a script."""
        return self._client

    def _hear_more(self) -> None:
        part = self._client.recv(65536)
        if not part:
            raise ConnectionError("the client left")
        self._keep(part)

    def _keep(self, part: bytes) -> None:
        self.heard += part
        if not self.is_encrypted:
            self.heard_in_clear += part


class ScriptedServer:
    """A context manager: a TCP server whose every session is one call of `behave`.

    With `tls`, sessions begin with a handshake. Sessions run beside each other and end with the
    server; what a client does wrong, or its leaving, ends its session alone.
    """

    def __init__(self, behave: Callable[[Session], None], tls: ssl.SSLContext | None = None):
        self._behave = behave
        self._tls = tls
        self._over = threading.Event()
        self._threads: list[threading.Thread] = []
        #: In the order of their arrival.
        self.sessions: list[Session] = []

    def __enter__(self) -> ScriptedServer:
        self._listener = socket.create_server((HOST, 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._accept)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()
        for session in self.sessions:
            session.close()
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            client.settimeout(SILENCE_SECONDS)
            session = Session(client, self._over)
            self.sessions.append(session)
            thread = threading.Thread(target=self._run, args=(session,))
            self._threads.append(thread)
            thread.start()

    def _run(self, session: Session) -> None:
        try:
            if self._tls:
                session.start_tls(self._tls)
            self._behave(session)
        except (OSError, ValueError):
            pass
        finally:
            session.close()

    @property
    def heard(self) -> list[bytes]:
        """All that clients said, session by session."""
        return [session.heard for session in self.sessions]

    @property
    def said(self) -> bytes:
        """All that clients said, in one."""
        return b"".join(self.heard)


def forms_of(secret: str, user: str = "") -> dict[str, bytes]:
    """What a secret looks like wherever a protocol or a log may carry it, by the form's name."""
    plain = secret.encode()
    forms = {
        "plain": plain,
        "base64": base64.b64encode(plain),
        "base64url": base64.urlsafe_b64encode(plain),
        "hex": plain.hex().encode(),
        "HEX": plain.hex().upper().encode(),
        "url": "".join(
            chr(octet) if chr(octet).isalnum() and octet < 128 else f"%{octet:02X}"
            for octet in plain
        ).encode(),
        "AUTH PLAIN": base64.b64encode(b"\0" + user.encode() + b"\0" + plain),
        "AUTH PLAIN with authorization": base64.b64encode(
            user.encode() + b"\0" + user.encode() + b"\0" + plain
        ),
        "XOAUTH2": base64.b64encode(f"user={user}\1auth=Bearer {secret}\1\1".encode()),
    }
    if forms["url"] == plain:
        del forms["url"]
    return {name: form.rstrip(b"=") for name, form in forms.items()}


def forms_within(text: bytes, secret: str, user: str = "") -> list[str]:
    """The names of the forms of `secret` that stand in `text`."""
    return [name for name, form in forms_of(secret, user).items() if form in text]


def assert_kept_in_the_dark(server: ScriptedServer, account: Account) -> None:
    """No session heard the password in any form."""
    assert forms_within(server.said, account.password, account.user) == [], server.said[:4000]
