"""Proves POP3: Python's poplib reads the sandbox, and the client logs in at it and at Dovecot."""

from __future__ import annotations

import contextlib
import json
import os
import poplib
import smtplib
import socket
import ssl
import subprocess
from pathlib import Path

import pytest

from accounts import ACCOUNTS, ODD, PLAIN, SYMBOLS, Account
from peers import Dovecot
from processes import HOST, ROOT
from vault import Vault

PROGRAM = Path(
    os.environ.get("SIGNET_POP3_LOGIN") or ROOT / ".build" / "debug" / "pop3-login"
).absolute()
SECURITIES = ["plain", "starttls", "tls"]
READERS = (PLAIN, ODD, SYMBOLS)
#: Lines that begin with dots, eight bits, an empty line at the end, a long line.
MESSAGE = (
    b"Subject: dots\r\nFrom: a@peers.test\r\n\r\n.\r\n..\r\n...three\r\n\xff\xfe\xe9\r\n"
    + b"." * 990 + b"\r\n"
    + b"".join(b".line %d\r\n" % number for number in range(20_000))
    + b"From here\r\n\r\n\r\n"
)


@pytest.fixture(scope="module")
def alone():
    """`vault sandbox serve` with users, in a home without a vault."""
    with Vault() as vault:
        users = "".join(f"{one.user}:{one.password}\n" for one in READERS)
        path = vault.file("users", users.encode())
        with vault.serve_sandbox("--auth-file", path) as server:
            yield vault, server


@pytest.fixture(scope="module")
def within():
    """`vault serve`, with an inbox and tokens that may read it, delete from it, and neither."""
    with Vault() as vault:
        vault.json("init", "--recovery", "none")
        with vault.serve() as server:
            vault.json("sandbox", "inbox", "create", "team-a")
            vault.json("sandbox", "inbox", "create", "team-b")

            def token(*scopes: str) -> str:
                words = [word for scope in scopes for word in ("--scope", scope)]
                return vault.json("token", "create", *words)["token"]

            tokens = {
                "reader": token("sandbox:read@team-a"),
                "writer": token("sandbox:read@team-a", "sandbox:write@team-a"),
                "sender": token("sandbox:send@team-a"),
            }
            yield vault, server, tokens


@contextlib.contextmanager
def connected(server, security: str):
    """A session before its login; without an end it is cut off."""
    context = ssl.create_default_context(cafile=server.ca_file)
    if security == "tls":
        client = poplib.POP3_SSL("localhost", server.port("pop3s"), context=context, timeout=20)
    else:
        client = poplib.POP3("localhost", server.port("pop3"), timeout=20)
        if security == "starttls":
            client.stls(context)
    try:
        yield client
    finally:
        client.close()


def deliver(server, account: Account | None, message: bytes) -> None:
    with smtplib.SMTP("localhost", server.port("sandbox_smtp"), timeout=20) as client:
        if account:
            client.login(account.user, account.password)
        client.sendmail("a@peers.test", ["b@peers.test"], message)


def joined(lines: list[bytes]) -> bytes:
    return b"".join(line + b"\r\n" for line in lines)


def login(server, account: Account, security: str, *options: object, port: int | None = None):
    """What the program for logins printed."""
    port = port or server.port("pop3s" if security == "tls" else "pop3")
    done = subprocess.run(
        [PROGRAM, str(port), security, account.user, *map(str, options)],
        input=account.password.encode(), capture_output=True, timeout=30, check=True,
    )
    assert account.password.encode() not in done.stdout + done.stderr
    return json.loads(done.stdout)


# MARK: poplib and the sandbox


@pytest.mark.parametrize("method", ["password", "apop"])
@pytest.mark.parametrize("security", SECURITIES)
@pytest.mark.parametrize("account", [PLAIN, ODD, SYMBOLS], ids=["plain", "odd", "symbols"])
def test_poplib_reads_every_byte(alone, account, security, method):
    vault, server = alone
    deliver(server, None, MESSAGE)
    newest = vault.json("sandbox", "list", "--limit", "1")[0]
    with connected(server, security) as client:
        if method == "apop":
            client.apop(account.user, account.password)
        else:
            client.user(account.user)
            client.pass_(account.password)
        count, _ = client.stat()
        assert client.list(count)[4:].split()[1] == str(len(MESSAGE)).encode()
        assert client.uidl(count).split()[2] == newest["id"].encode()
        _, lines, octets = client.retr(count)
        assert joined(lines) == MESSAGE
        assert joined(client.top(count, 2)[1]) == MESSAGE[: MESSAGE.index(b"...three")]
        assert len(client.list()[1]) == len(client.uidl()[1]) == count
        client.noop()
        client.quit()


def test_poplib_deletes_at_quit(alone):
    vault, server = alone
    for number in range(3):
        deliver(server, None, b"Subject: delete-%d\r\n\r\nx\r\n" % number)
    with connected(server, "tls") as client:
        client.user(PLAIN.user)
        client.pass_(PLAIN.password)
        count, _ = client.stat()
        client.dele(count)
        client.rset()
        client.dele(count - 1)
        with pytest.raises(poplib.error_proto):
            client.retr(count - 1)
        client.quit()
    left = vault.json("sandbox", "search", "subject:delete-")
    assert sorted(one["subject"] for one in left) == ["delete-0", "delete-2"]


@pytest.mark.parametrize("security", SECURITIES)
def test_wrong_logins_are_refused_alike(alone, security):
    _, server = alone
    answers = set()
    for user, password in [(PLAIN.user, "x"), ("nobody", PLAIN.password), (PLAIN.user, " ")]:
        with connected(server, security) as client:
            client.user(user)
            with pytest.raises(poplib.error_proto) as refusal:
                client.pass_(password)
            answers.add(str(refusal.value))
    assert len(answers) == 1


def test_tokens_open_their_inbox_alone(within):
    vault, server, tokens = within
    deliver(server, Account("team-a", tokens["sender"]), MESSAGE)

    def opened(inbox: str, token: str):
        with connected(server, "starttls") as client:
            client.user(inbox)
            client.pass_(token)
            lines = client.retr(1)[1]
            with contextlib.suppress(poplib.error_proto):
                client.dele(1)
            client.quit()
            return joined(lines)

    for inbox, name in [
        ("team-b", "reader"), ("default", "reader"), ("nowhere", "reader"), ("team-a", "sender"),
    ]:
        with pytest.raises(poplib.error_proto, match="AUTH"):
            opened(inbox, tokens[name])
    assert opened("team-a", tokens["reader"]) == MESSAGE
    assert opened("TEAM-A", tokens["writer"]) == MESSAGE
    assert vault.json("sandbox", "list", "--inbox", "team-a") == []


def test_a_vault_without_pop3(vault):
    with vault.serve("--without", "pop3") as server:
        assert "pop3" not in server.ready and "pop3s" not in server.ready


# MARK: The client


@pytest.mark.parametrize("method", ["password", "apop"])
@pytest.mark.parametrize("security", SECURITIES)
@pytest.mark.parametrize("account", ACCOUNTS.values(), ids=ACCOUNTS.keys())
def test_the_client_logs_in_at_dovecot(dovecot, certificates, account, security, method):
    options = ["--ca", certificates.authority] if security != "plain" else ["--in-clear"]
    if method == "apop":
        options.append("--apop")
    result = login(dovecot, account, security, *options)
    assert result["outcome"] == "done", result
    assert result["reply"].startswith("+OK")
    assert (result.get("tls") is None) == (security == "plain")
    assert "UIDL" in result["capabilities"]


@pytest.mark.parametrize("method", ["password", "apop"])
@pytest.mark.parametrize("security", SECURITIES)
def test_the_client_logs_in_at_the_sandbox(alone, security, method):
    _, server = alone
    options = ["--ca", server.ca_file] if security != "plain" else ["--in-clear"]
    if method == "apop":
        options.append("--apop")
    for account in READERS:
        result = login(server, account, security, *options)
        assert result["outcome"] == "done", result


@pytest.mark.parametrize("method", ["password", "apop"])
def test_a_wrong_password_is_the_credentials_fault(dovecot, certificates, method):
    options = ["--apop"] if method == "apop" else []
    wrong = Account(PLAIN.user, "not-the-password")
    result = login(dovecot, wrong, "starttls", "--ca", certificates.authority, *options)
    assert result["outcome"] == "refused-by-server"
    assert result["failure_class"] == "credential"
    assert result["phase"] == "auth"


@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize("flaw", ["expired", "wrong_name"])
def test_a_bad_certificate_gets_no_login(certificates, flaw, security):
    with Dovecot(certificates, getattr(certificates, flaw)) as server:
        result = login(server, PLAIN, security, "--ca", certificates.authority)
        assert result["failure_class"] == "tls_trust", result
        log = (server.folder / "dovecot.log").read_text(errors="replace")
        assert "Login: " not in log


def test_nothing_is_said_without_permission(dovecot):
    for options in ([], ["--apop"]):
        result = login(dovecot, PLAIN, "plain", *options)
        assert result["outcome"] == "auth-needs-tls"


@pytest.mark.parametrize("greeting", [b"+OK ready", b"+OK <1@2@3>", b"+OK <a\xffb@c>"])
def test_apop_is_never_replaced(greeting):
    """A server without a timestamp, or with a forged one, hears neither digest nor password."""
    with socket.create_server((HOST, 0)) as listener:
        process = subprocess.Popen(
            [PROGRAM, str(listener.getsockname()[1]), "plain", "alice", "--apop", "--in-clear"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )
        process.stdin.write(b"secret")
        process.stdin.close()
        listener.settimeout(20)
        peer, _ = listener.accept()
        with peer:
            peer.settimeout(20)
            peer.sendall(greeting + b"\r\n")
            assert peer.recv(1000) == b""
        result = json.loads(process.stdout.read())
        process.wait(20)
    assert result["outcome"] in ("apop-not-offered", "apop-timestamp-invalid")
