"""Proves POP-before-SMTP against Dovecot's POP3 and a real relay, and against the sandbox's own."""

from __future__ import annotations

import re
import time

import pytest

from accounts import ACCOUNTS, ODD, PLAIN, Account
from connections import READER, connect, pop3_options, send, set_secret
from dialogues import pop3, smtp
from hostility import gone
from processes import wait_until
from scripted import ScriptedServer, Session, server_context
from vault import Vault

DOORS = [("pop3", "starttls"), ("pop3s", "implicit_tls"), ("pop3", "none")]


def connect_by_pop3(vault, name, smtp_port, pop_port, encryption, account, *options):
    """A connection to a plain relay whose only login is by POP3."""
    set_secret(vault, f"{name}-pass", account.password)
    return connect(
        vault, name, smtp_port, "none", None,
        *pop3_options(pop_port, encryption, account, f"{name}-pass"), *options,
    )


# MARK: Dovecot and Postfix


@pytest.mark.parametrize("apop", ["true", "false"], ids=["APOP", "USER"])
@pytest.mark.parametrize("door", DOORS, ids="-".join)
def test_a_pop3_login_opens_the_way(vault, subject, postfix, dovecot, door, apop):
    """Dovecot saw the login, by the method that was chosen, before Postfix took the mail."""
    port, encryption = door
    log = dovecot.folder / "dovecot.log"
    before = log.stat().st_size
    connect_by_pop3(
        vault, "mail", postfix.port("smtp"), dovecot.port(port), encryption, PLAIN,
        "--set", f"pop3.apop={apop}",
    )
    report = send(vault, "mail@production", subject, check_exit=0)
    assert report["status"] == "sent"
    postfix.wait_for_mail(READER, subject)
    said = wait_until(
        lambda: re.search(rb"pop3-login: Info: Login: (.*)", log.read_bytes()[before:]), 5,
        "Dovecot to write down the login",
    ).group(1)
    method = b"method=APOP" if apop == "true" else b"method=PLAIN"
    assert method in said and PLAIN.user.encode() in said
    assert (b"TLS" in said) == (encryption != "none")


@pytest.mark.parametrize("account", ACCOUNTS.values(), ids=ACCOUNTS.keys())
@pytest.mark.parametrize("apop", ["true", "false"], ids=["APOP", "USER"])
def test_every_account_logs_in(vault, subject, postfix, dovecot, account, apop):
    """Names and passwords that are awkward to carry."""
    connect_by_pop3(
        vault, "mail", postfix.port("smtp"), dovecot.port("pop3"), "starttls", account,
        "--set", f"pop3.apop={apop}",
    )
    assert send(vault, "mail@production", subject)["status"] == "sent"


@pytest.mark.parametrize("apop", ["true", "false"], ids=["APOP", "USER"])
def test_a_wrong_password_sends_nothing(vault, subject, dovecot, apop):
    """The failure is one of the credential, and no SMTP session is begun."""
    with ScriptedServer(smtp()) as server:
        connect_by_pop3(
            vault, "mail", server.port, dovecot.port("pop3"), "starttls",
            Account(ODD.user, "wrong"), "--set", f"pop3.apop={apop}",
        )
        report = send(vault, "mail@production", subject)
    assert report["status"] == "failed" and server.sessions == []
    assert report["attempts"][-1]["class"] == "credential"
    assert "pop" in report["attempts"][-1]["explanation"].lower()


def test_rotation_proves_the_pop3_login(vault, dovecot, postfix):
    """A new password is tried where it will be used: in POP3."""
    user = "popper@peers.test"
    dovecot.set_passwords(user, ["new one", "old one"])
    account = Account(user, "old one")
    connect_by_pop3(
        vault, "mail", postfix.port("smtp"), dovecot.port("pop3"), "starttls", account,
        "--set", "pop3.apop=false",
    )
    vault.run("rotate", "mail-pass", "--stdin", stdin=b"neither", check_exit=1)
    report = vault.json("rotate", "mail-pass", "--stdin", stdin=b"new one")
    assert report["current_version"] == 3 or report["current_version"] == 2
    dovecot.set_passwords(user, [])


# MARK: Order, interval and address


def test_the_order_of_sessions_and_the_interval(vault, subject):
    """POP3 logs in and says QUIT; when the interval is over, SMTP begins, without AUTH."""
    times: dict[str, float] = {}
    addresses: dict[str, str] = {}

    def remember(name: str, usual: bytes):
        def act(session: Session) -> bytes:
            times[name] = time.monotonic()
            addresses[name] = session.socket.getpeername()[0]
            return usual

        return act

    pop = pop3(PLAIN, password=remember("login", b"+OK\r\n"), quit=remember("quit", b"+OK\r\n"))
    relay = smtp(greeting=remember("smtp", b"220 scripted.test ESMTP\r\n"))
    with ScriptedServer(pop) as pop, ScriptedServer(relay) as server:
        connect_by_pop3(
            vault, "mail", server.port, pop.port, "none", PLAIN,
            "--set", "pop3.interval_ms=700", "--set", "source_ip=127.0.0.9",
        )
        for number in (1, 2):
            assert send(vault, "mail@production", subject, check_exit=0)["status"] == "sent"
            assert times["login"] <= times["quit"] <= times["smtp"]
            # The interval counts from the begin of the login, which the server hears later.
            assert times["smtp"] - times["login"] > 0.65
            assert len(pop.sessions) == len(server.sessions) == number
    assert set(addresses.values()) == {"127.0.0.9"}
    assert b"AUTH" not in server.said and pop.said.endswith(b"QUIT\r\n")


def test_the_mail_does_not_depend_on_quit(vault, subject):
    """A POP3 server that leaves at QUIT has logged in all the same."""
    with ScriptedServer(pop3(PLAIN, quit=gone)) as pop, ScriptedServer(smtp()) as server:
        connect_by_pop3(vault, "mail", server.port, pop.port, "none", PLAIN)
        assert send(vault, "mail@production", subject)["status"] == "sent"


def test_nothing_of_the_mailbox_is_read(vault, subject, certificates):
    """The session is a login and no more: no command reads or deletes a mail."""
    tls = server_context(certificates.good)
    with ScriptedServer(pop3(PLAIN, tls)) as pop, ScriptedServer(smtp()) as server:
        connect_by_pop3(vault, "mail", server.port, pop.port, "starttls", PLAIN)
        assert send(vault, "mail@production", subject)["status"] == "sent"
    verbs = [line.split(b" ")[0] for line in pop.said.split(b"\r\n") if line[:4].isalpha()]
    assert set(verbs) <= {b"CAPA", b"STLS", b"APOP", b"QUIT"}, verbs


# MARK: The sandbox


@pytest.mark.parametrize("apop", ["true", "false"], ids=["APOP", "USER"])
@pytest.mark.parametrize("encryption", ["starttls", "implicit_tls", "none"])
def test_the_sandbox_has_a_pop3_server(vault, subject, encryption, apop):
    """The sandbox serves its inboxes over POP3, so the whole path runs without any provider."""
    with Vault() as other:
        users = other.file("users", f"{ODD.user}:{ODD.password}\n".encode())
        listeners = ("--pop3", "127.0.0.1:0", "--pop3s", "127.0.0.1:0")
        with other.serve_sandbox("--auth-file", users, *listeners) as server:
            vault.json("certificate", "add", "sandbox", "--from-file", server.ca_file)
            port = server.port("pop3s" if encryption == "implicit_tls" else "pop3")
            options = () if encryption == "none" else ("--set", "tls.ca_ref=sandbox")
            connect_by_pop3(
                vault, "mail", server.port("sandbox-smtp"), port, encryption, ODD,
                "--set", f"pop3.apop={apop}", *options,
            )
            assert send(vault, "mail@production", subject, check_exit=0)["status"] == "sent"
            waited = other.json("sandbox", "wait", "--subject", subject, "--timeout", "5s")
            assert len(waited["messages"]) == 1
