"""How a vault is told of the peers: secrets, connections, and the mails that go through them."""

from __future__ import annotations

import re
import socket
import threading
import zlib
from typing import Any

from accounts import Account
from certificates import Identity
from processes import HOST
from vault import Completed, Vault

SENDER = "writer@peers.test"
READER = "reader@peers.test"

#: Peer, port and encryption of every way to log in.
DOORS = [
    ("postfix", "submission", "starttls"), ("postfix", "smtps", "implicit_tls"),
    ("exim", "smtp", "starttls"), ("exim", "smtps", "implicit_tls"),
]


def subject_of(request) -> str:
    """A short subject that only the running test has."""
    name = request.node.name
    word = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    return f"{word[:30]}-{zlib.crc32(name.encode()):08x}"


def set_secret(vault: Vault, name: str, value: str) -> dict[str, Any]:
    """Stores a value over standard input, as secrets travel."""
    return vault.json("secret", "set", name, "--stdin", stdin=value.encode())


def connect(
    vault: Vault, name: str, port: int, encryption: str = "starttls",
    account: Account | None = None, *options: object, environment: str = "production",
    host: str = HOST, secret: str = "mail-pass", ca: str | None = "peers",
) -> dict[str, Any]:
    """Creates a connection from SENDER, with a login unless `account` is none.

    The password of the account becomes the value of `secret`, which is made if it is new.
    """
    words: list[object] = [
        "connection", "create", name, "--env", environment, "--host", host, "--port", port,
        "--encryption", encryption, "--from", SENDER,
    ]
    if account:
        if secret not in [one["name"] for one in vault.json("secret", "list")]:
            set_secret(vault, secret, account.password)
        words += ["--username", account.user, "--secret", secret]
    if ca and encryption != "none":
        words += ["--ca", ca]
    return vault.json(*words, *options)


def pop3_options(
    port: int, encryption: str, account: Account, secret: str, host: str = HOST
) -> list[object]:
    """What `connect` needs for a login by POP3 before SMTP, with the peers' authority for TLS."""
    fields = {
        "pop3.host": host, "pop3.port": port, "pop3.encryption": encryption,
        "pop3.username": account.user, "pop3.secret_ref": secret,
    }
    if encryption != "none":
        fields["tls.ca_ref"] = "peers"
    words: list[object] = ["--set", "auth.mode=pop_before_smtp"]
    for field, value in fields.items():
        words += ["--set", f"{field}={value}"]
    return words


def connect_with_token(
    vault: Vault, name: str, port: int, encryption: str, user: str, secret: str,
    *options: object, **how: Any,
) -> dict[str, Any]:
    """Creates a connection that logs in with access tokens; `secret` is the OAuth2 client."""
    vault.json(
        "secret", "set", f"{name}-client", "--kind", "oauth2-client", "--stdin",
        stdin=secret.encode(),
    )
    return connect(
        vault, name, port, encryption, None, "--username", user, "--secret", f"{name}-client",
        *options, **how,
    )


def connect_with_certificate(
    vault: Vault, name: str, port: int, encryption: str, client: Identity,
    *options: object, **how: Any,
) -> dict[str, Any]:
    """Creates a connection that presents a certificate, and logs in by it if told EXTERNAL."""
    vault.json(
        "secret", "set", f"{name}-key", "--kind", "private-key", "--from-file", client.key
    )
    vault.json(
        "certificate", "add", f"{name}-client", "--from-file", client.certificate,
        "--key-secret", f"{name}-key",
    )
    return connect(
        vault, name, port, encryption, None, "--set", f"tls.client_cert_ref={name}-client",
        *options, **how,
    )


def send(vault: Vault, connection: str, subject: str, *options: object, **how: Any) -> Any:
    """Sends a short mail to READER and returns the report, whatever its exit status was."""
    words = () if "--to" in options else ("--to", READER)
    text = () if {"--text", "--text-file", "--html-file"} & set(options) else ("--text", "Hello.")
    how.setdefault("check_exit", None)
    return vault.json(
        "send", "--connection", connection, "--subject", subject, *words, *text, *options, **how
    )


def explained(done: Completed) -> str:
    """What a failed command says; it must name a remedy too, and no secret of the program."""
    text = done.stderr.decode()
    assert text.startswith("error: ") or "\nerror: " in text, text
    assert "\n  hint: " in text, text
    # Not in paths: a temporary folder may have any name.
    words = re.sub(r"/\S+", "", text).lower()
    assert "fatal" not in words and "0x" not in words, text
    return text


class SilentServer:
    """A context manager: a TCP server that accepts, counts and says nothing."""

    def __enter__(self) -> SilentServer:
        self._listener = socket.create_server((HOST, 0))
        self.port = self._listener.getsockname()[1]
        #: How many clients came.
        self.clients = 0
        self._sockets: list[socket.socket] = []
        self._thread = threading.Thread(target=self._accept)
        self._thread.start()
        return self

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.clients += 1
            self._sockets.append(client)

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()
        for client in self._sockets:
            client.close()
