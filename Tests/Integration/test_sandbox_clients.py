"""Proves that ordinary mail clients send into the sandbox, and that it keeps every byte it took."""

from __future__ import annotations

import smtplib
import threading
import time
from collections import Counter
from contextlib import contextmanager

import pytest

from accounts import ODD, PLAIN, SYMBOLS, Account
from clients import CLIENTS, Mail, Server, send_with_msmtp, send_with_smtplib
from processes import HOST, wait_until
from vault import Vault

SECURITIES = ["plain", "starttls", "tls"]
WAIT = ("--timeout", "10s")


@pytest.fixture(scope="module")
def alone():
    """`vault sandbox serve` with users, in a home without a vault."""
    with Vault() as vault:
        users = "".join(f"{one.user}:{one.password}\n" for one in (PLAIN, ODD, SYMBOLS))
        path = vault.file("users", b"# users\n\n" + users.encode())
        with vault.serve_sandbox("--auth-file", path) as server:
            yield vault, server, path


@pytest.fixture(scope="module")
def within():
    """`vault serve`, whose sandbox takes a token as password and an inbox as user name."""
    with Vault() as vault:
        vault.json("init", "--recovery", "none")
        with vault.serve() as server:
            vault.json("sandbox", "inbox", "create", "team-a")
            token = vault.json("token", "create", "--scope", "sandbox:send@team-a")["token"]
            yield vault, server, Account("team-a", token)


def door(server, security: str, account: Account | None, mechanism: str | None = None) -> Server:
    names = ("sandbox_smtps", "smtps") if security == "tls" else ("sandbox_smtp", "smtp")
    (name,) = [one for one in names if one in server.ready]
    return Server(server.port(name), security, server.ca_file, account, mechanism)


def insisting(client, security: str) -> str | None:
    """The mechanism to name: msmtp sends a password without TLS only if told to by name."""
    return "PLAIN" if client is send_with_msmtp and security == "plain" else None


def mail(subject: str) -> Mail:
    """Lines with dots, UTF-8, trailing spaces and no usual order."""
    message = (
        f"X-First: kept\nSubject: {subject}\nTo: reader@peers.test\nFrom: writer@peers.test\n"
        f"Message-ID: <{subject}@peers.test>\nDate: Sat, 01 Aug 2026 10:00:00 +0000\n"
        "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n"
        "Content-Transfer-Encoding: quoted-printable\n\n"
        ".\n..\n...three dots\nGr=C3=BC=C3=9Fe \nFrom here on\n\n\nend\n"
    )
    return Mail("writer@peers.test", ("reader@peers.test", "other@peers.test"), message.encode())


def assert_kept(vault: Vault, sent: Mail, subject: str, *inbox: str) -> dict:
    """The mail is there once, byte for byte, with its envelope."""
    waited = vault.json("sandbox", "wait", "--subject", subject, *WAIT, *inbox)
    (found,) = waited["messages"]
    assert found["envelope"]["mail_from"] == sent.sender
    assert sorted(found["envelope"]["rcpt_to"]) == sorted(sent.recipients)
    raw = vault.run("sandbox", "raw", found["id"], *inbox).stdout
    assert raw == sent.wire_form
    return vault.json("sandbox", "show", found["id"], *inbox)


# MARK: Five clients


@pytest.mark.parametrize("has_account", [True, False], ids=["auth", "anonymous"])
@pytest.mark.parametrize("security", SECURITIES)
@pytest.mark.parametrize("client", CLIENTS.values(), ids=CLIENTS.keys())
def test_every_client_sends_to_the_sandbox_alone(alone, subject, client, security, has_account):
    """`vault sandbox serve`: each client, each kind of TLS, with a login and without."""
    vault, server, _ = alone
    sent = mail(subject)
    account = PLAIN if has_account else None
    outcome = client(door(server, security, account, insisting(client, security)), sent)
    assert outcome.accepted, outcome.transcript
    session = assert_kept(vault, sent, subject)["session"]
    assert (session.get("tls") is not None) == (security != "plain")
    assert (session.get("auth") or {}).get("identity") == (PLAIN.user if has_account else None)


@pytest.mark.parametrize("security", SECURITIES)
@pytest.mark.parametrize("client", CLIENTS.values(), ids=CLIENTS.keys())
def test_every_client_sends_with_a_token(within, subject, client, security):
    """`vault serve`: user name = inbox, password = token with sandbox:send for it."""
    vault, server, account = within
    sent = mail(subject)
    outcome = client(door(server, security, account, insisting(client, security)), sent)
    assert outcome.accepted, outcome.transcript
    assert_kept(vault, sent, subject, "--inbox", "team-a")
    absent = ("sandbox", "search", f"subject:{subject}")
    assert vault.json(*absent) == []


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN", "CRAM-MD5"])
@pytest.mark.parametrize("account", [PLAIN, ODD, SYMBOLS], ids=["plain", "odd", "symbols"])
def test_each_mechanism(alone, subject, account, mechanism):
    """Users of the file log in with every mechanism that is offered."""
    vault, server, _ = alone
    client = send_with_msmtp if account is not SYMBOLS else send_with_smtplib
    outcome = client(door(server, "starttls", account, mechanism), mail(subject))
    assert outcome.accepted, outcome.transcript
    auth = vault.json("sandbox", "wait", "--subject", subject, *WAIT)["messages"]
    assert len(auth) == 1


# MARK: Logins


@pytest.mark.parametrize("client", CLIENTS.values(), ids=CLIENTS.keys())
def test_wrong_logins_are_refused(alone, within, subject, client):
    """A wrong password, a foreign inbox and a token for something else get 535."""
    _, server, _ = alone
    outcome = client(door(server, "starttls", Account(PLAIN.user, "wrong")), mail(subject))
    assert outcome.failure == "authentication", outcome.transcript
    vault, server, account = within
    useless = vault.json("token", "create", "--scope", "sandbox:read@team-a")["token"]
    for wrong in (Account("default", account.password), Account("team-a", useless),
                  Account("team-a", "no token")):
        outcome = client(door(server, "tls", wrong), mail(subject))
        assert outcome.failure == "authentication", outcome.transcript
    denied = vault.json("audit", "list", "--action", "sandbox.login", "--outcome", "denied")
    assert len(denied) >= 3


def test_users_change_while_the_server_runs(alone, subject):
    """The file is read again: a new password counts at once, and the old one no longer."""
    vault, server, path = alone
    kept = path.read_bytes()
    new = Account(PLAIN.user, "another one")

    def accepted(account: Account) -> bool:
        return send_with_smtplib(door(server, "tls", account), mail(subject)).accepted

    assert accepted(PLAIN) and not accepted(new)
    path.write_bytes(kept.replace(PLAIN.password.encode(), new.password.encode()))
    assert accepted(new) and not accepted(PLAIN)
    path.write_bytes(kept)
    assert accepted(PLAIN)


def test_a_login_can_be_demanded(subject):
    """With --require-auth a mail without a login is refused."""
    with Vault() as vault:
        path = vault.file("users", f"{ODD.user}:{ODD.password}\n".encode())
        with vault.serve_sandbox("--auth-file", path, "--require-auth") as server:
            outcome = send_with_smtplib(door(server, "tls", None), mail(subject))
            assert outcome.failure == "other" and "530" in outcome.transcript
            assert send_with_smtplib(door(server, "tls", ODD), mail(subject)).accepted
            assert len(vault.json("sandbox", "list")) == 1


def test_any_login_will_do_without_users(subject):
    """A sandbox that was told no users takes any login and writes down the name."""
    with Vault() as vault, vault.serve_sandbox() as server:
        anyone = Account("anyone", "any password")
        assert send_with_smtplib(door(server, "plain", anyone), mail(subject)).accepted
        message = vault.json("sandbox", "show")
        assert message["session"]["auth"]["identity"] == "anyone"


# MARK: What is kept


def test_bytes_are_kept_whatever_they_are(alone, subject):
    """8-bit, NUL, empty and long lines: what the client sent is what is kept."""
    vault, server, _ = alone
    body = bytes(one for one in range(256) if one not in b"\r\n") + b"\r\n" + b"x" * 990 + b"\r\n"
    raw = f"Subject: {subject}\r\n\r\n".encode() + body + b"\r\n.\r\n..\r\n"
    with smtplib.SMTP(HOST, server.port("sandbox_smtp")) as client:
        client.ehlo()
        client.sendmail("a@peers.test", ["b@peers.test"], raw)
    vault.json("sandbox", "wait", "--subject", subject, *WAIT)
    assert vault.run("sandbox", "raw").stdout == raw


@contextmanager
def load(port: int, recipient: str, threads: int = 4):
    """Sends without end; gives the set of subjects that were answered with 250."""
    acknowledged: set[str] = set()
    over = threading.Event()

    def run(number: int) -> None:
        count = 0
        while not over.is_set():
            try:
                with smtplib.SMTP(HOST, port, timeout=10) as client:
                    for _ in range(50):
                        subject = f"load-{port}-{number}-{count}"
                        count += 1
                        client.sendmail(
                            "a@peers.test", [recipient], f"Subject: {subject}\r\n\r\nx\r\n"
                        )
                        acknowledged.add(subject)
            except (OSError, smtplib.SMTPException):
                time.sleep(0.01)

    workers = [threading.Thread(target=run, args=(number,)) for number in range(threads)]
    for worker in workers:
        worker.start()
    try:
        yield acknowledged
    finally:
        over.set()
        for worker in workers:
            worker.join()


def test_killing_the_sandbox_loses_nothing_it_took():
    """kill -9 under load, five times: every mail that got its 250 is there, once and readable."""
    with Vault() as vault:
        acknowledged: set[str] = set()
        for round_number in range(5):
            with vault.serve_sandbox() as server:
                with load(server.port("sandbox_smtp"), "reader@peers.test") as answered:
                    enough = 30 + 200 * round_number
                    wait_until(lambda: len(answered) >= enough, 30, "mail under load")
                    server.kill()
                acknowledged |= answered
        listed = vault.json("sandbox", "list", "--limit", "10000")
        counts = Counter(one["subject"] for one in listed)
        assert acknowledged and len(acknowledged) <= len(listed) <= 10000
        assert acknowledged <= set(counts), sorted(acknowledged - set(counts))[:5]
        assert set(counts.values()) == {1}
        assert len({one["seq"] for one in listed}) == len(listed)
        with vault.serve_sandbox() as server:
            found = vault.json("sandbox", "search", f"subject:{listed[0]['subject']}")
            assert [one["id"] for one in found] == [listed[0]["id"]]
