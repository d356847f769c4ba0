"""Proves that `vault send` delivers to real servers as configured, and refuses what it must."""

from __future__ import annotations

import email
import email.policy
import time

import pytest

from accounts import ACCOUNTS, ODD, Account
from connections import DOORS, READER, SENDER, SilentServer, connect, explained, send
from peers import DEFERRED, REFUSED, Postfix, SMTPSink
from processes import free_ports
from vault import Vault

# MARK: Delivering


@pytest.mark.parametrize("account", ACCOUNTS.values(), ids=ACCOUNTS.keys())
@pytest.mark.parametrize("door", DOORS, ids="-".join)
def test_every_account_delivers_through_every_door(request, vault, subject, door, account):
    """Logs in with awkward names and passwords, over STARTTLS and TLS; the mail arrives."""
    peer, port, encryption = request.getfixturevalue(door[0]), *door[1:]
    connect(vault, "mail", peer.port(port), encryption, account)
    report = send(vault, "mail@production", subject, check_exit=0)
    assert report["status"] == "sent"
    assert [one["status"] for one in report["recipients"]] == ["accepted"]
    assert report["attempts"][0]["tls"] in ("TLSv1.2", "TLSv1.3")
    arrived = peer.wait_for_mail(READER, subject)
    assert arrived["From"] == SENDER and arrived["Message-ID"] == report["message_id"]
    assert arrived.get_content().strip() == "Hello."


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN", "CRAM-MD5"])
def test_each_mechanism_logs_in(vault, subject, postfix, mechanism):
    """Uses the mechanism that the connection names, which Postfix writes down."""
    connect(
        vault, "mail", postfix.port("submission"), "starttls", ODD, "--mechanism", mechanism
    )
    assert send(vault, "mail@production", subject)["status"] == "sent"
    log = (postfix.folder / "postfix.log").read_text()
    assert f"sasl_method={mechanism}, sasl_username={ODD.user}" in log


def test_a_relay_without_login_and_tls(vault, subject, postfix):
    """Sends in plain where the connection says so and no secret is involved."""
    connect(vault, "relay", postfix.port("smtp"), "none")
    assert send(vault, "relay@production", subject)["status"] == "sent"
    postfix.wait_for_mail(READER, subject)


# MARK: Test connections


def test_a_test_connection_reaches_the_sandbox_alone(vault, subject, postfix):
    """The same name, host and account in `test` deliver to the sandbox and to no real mailbox."""
    recipient = f"{subject}@peers.test"
    for environment in ("production", "test"):
        connect(
            vault, "mail", postfix.port("submission"), "starttls", ODD, environment=environment
        )
    log = postfix.folder / "postfix.log"
    before = log.read_text()
    report = send(vault, "mail@test", subject, "--to", recipient, check_exit=0)
    assert report["connection"]["target"] == "sandbox"

    waited = vault.json("sandbox", "wait", "--to", recipient, "--timeout", "5s")
    assert [one["subject"] for one in waited["messages"]] == [subject]
    listed = vault.json("sandbox", "list")
    assert [one["subject"] for one in listed] == [subject]
    assert listed[0]["envelope"] == {
        **listed[0]["envelope"], "mail_from": SENDER, "rcpt_to": [recipient]
    }
    identity = listed[0]["id"]
    shown = vault.json("sandbox", "show", identity)
    assert shown["message_id"] == report["message_id"].strip("<>")
    raw = vault.run("sandbox", "raw", identity).stdout
    parsed = email.message_from_bytes(raw, policy=email.policy.default)
    assert parsed["Subject"] == subject and parsed["To"] == recipient
    found = vault.json("sandbox", "search", f"subject:{subject}")
    assert [one["id"] for one in found] == [identity]
    assert vault.json("sandbox", "search", "to:nobody@peers.test") == []
    assert vault.json("sandbox", "delete", identity) == {"deleted": 1}
    assert vault.json("sandbox", "list") == []

    assert postfix.mails(recipient) == []
    assert log.read_text() == before, "the real server was contacted"
    send(vault, "mail@production", subject, "--to", recipient, check_exit=0)
    postfix.wait_for_mail(recipient, subject)
    assert vault.json("sandbox", "list") == []


def test_waiting_for_what_does_not_come(vault, subject):
    """`sandbox wait` ends with 1 in time, and with 0 where absence was asked for."""
    started = time.monotonic()
    options = ("--subject", subject, "--timeout", "1s")
    explained(vault.run("sandbox", "wait", *options, check_exit=1))
    vault.run("sandbox", "wait", *options, "--absent")
    assert time.monotonic() - started < 10


# MARK: Certificates


@pytest.mark.parametrize(
    "identity", ["expired", "not_yet_valid", "wrong_name", "common_name_only", "untrusted"]
)
@pytest.mark.parametrize("encryption", ["starttls", "implicit_tls"])
def test_a_bad_certificate_stops_before_the_login(
    vault, subject, certificates, dovecot, identity, encryption
):
    """Ends with 1 and a remedy; the server sees neither login nor mail, whatever is wrong."""
    with Postfix(certificates, dovecot, identity=getattr(certificates, identity)) as server:
        port = server.port("submission" if encryption == "starttls" else "smtps")
        connect(vault, "mail", port, encryption, ODD)
        report = send(vault, "mail@production", subject, check_exit=1)
        assert report["attempts"][-1]["class"] == "tls_trust", report
        done = vault.run(
            "send", "--connection", "mail@production", "--to", READER, "--subject", subject,
            check_exit=1,
        )
        explained(done)
        log = (server.folder / "postfix.log").read_text()
        assert "connect from" in log and "sasl" not in log.lower(), log
        assert "auth=" not in log and "mail=" not in log, log


@pytest.mark.parametrize("identity", ["untrusted", "expired", "wrong_name"])
def test_a_pin_accepts_its_certificate_alone(vault, subject, certificates, dovecot, identity):
    """A pinned leaf is trusted whatever its chain; another one ends the session before AUTH."""
    leaf = getattr(certificates, identity)
    with Postfix(certificates, dovecot, identity=leaf) as server:
        pin, other = certificates.fingerprint(leaf), certificates.fingerprint(certificates.good)
        for name, value in (("pinned", pin), ("mispinned", other)):
            connect(
                vault, name, server.port("submission"), "starttls", ODD, "--fingerprint", value,
                ca=None,
            )
        assert send(vault, "mispinned@production", subject, check_exit=1)["status"] == "failed"
        assert "sasl" not in (server.folder / "postfix.log").read_text().lower()
        assert send(vault, "pinned@production", subject, check_exit=0)["status"] == "sent"
        server.wait_for_mail(READER, subject)


def test_without_the_private_authority_nothing_is_trusted(vault, subject, postfix):
    """A connection that names no authority trusts the system's, which did not sign this."""
    connect(vault, "mail", postfix.port("submission"), "starttls", ODD, ca=None)
    report = send(vault, "mail@production", subject, check_exit=1)
    assert report["attempts"][-1]["class"] == "tls_trust"


# MARK: Refusals


@pytest.mark.parametrize("door", DOORS[::2], ids="-".join)
def test_recipients_are_reported_one_by_one(request, vault, subject, door):
    """One accepted, one refused for good, one for now: each with the server's reply; exit 1."""
    peer = request.getfixturevalue(door[0])
    connect(vault, "mail", peer.port(door[1]), door[2], ODD)
    to = ("--to", READER, REFUSED, DEFERRED)
    report = send(vault, "mail@production", subject, *to, check_exit=1)
    results = {one["address"]: one for one in report["recipients"]}
    assert report["status"] == "partial"
    assert {name: one["status"] for name, one in results.items()} == {
        READER: "accepted", REFUSED: "rejected", DEFERRED: "deferred"
    }
    assert (results[REFUSED]["code"], results[REFUSED]["enhanced"]) == (550, "5.1.1")
    assert (results[DEFERRED]["code"], results[DEFERRED]["enhanced"]) == (451, "4.3.0")
    assert "No such mailbox" in results[REFUSED]["text"]
    peer.wait_for_mail(READER, subject)

    alone = send(vault, "mail@production", subject, "--to", REFUSED, check_exit=1)
    assert alone["status"] == "failed"


@pytest.mark.parametrize("door", DOORS[::2], ids="-".join)
def test_a_wrong_password_is_told_and_not_shown(request, vault, subject, door):
    """Ends with 1, names the login as the cause, tries once, and prints no password."""
    peer = request.getfixturevalue(door[0])
    wrong = Account(ODD.user, "wrong-7d1f0c")
    connect(vault, "mail", peer.port(door[1]), door[2], wrong)
    report = send(vault, "mail@production", subject, check_exit=1)
    assert [one["class"] for one in report["attempts"]] == ["credential"]
    done = vault.run(
        "send", "--connection", "mail@production", "--to", READER, "--subject", subject,
        check_exit=1,
    )
    text = explained(done) + done.stdout.decode() + str(report)
    assert wrong.password not in text
    assert all(subject.encode() not in mail for mail in peer.mails(READER))


def test_a_closed_port_is_unreachable(vault, subject):
    """Ends with 7 and says what to check."""
    connect(vault, "mail", free_ports(1)[0], "starttls", ODD)
    done = vault.run(
        "send", "--connection", "mail@production", "--to", READER, "--subject", subject,
        check_exit=7,
    )
    assert "connect" in explained(done)


def test_a_silent_host_is_given_up(vault, subject):
    """Ends with 7 after the connection's own time, not the caller's patience."""
    with SilentServer() as server:
        connect(
            vault, "mail", server.port, "starttls", ODD, "--set", "timeouts.connect_ms=5000",
            "--set", "timeouts.request_ms=10000",
        )
        started = time.monotonic()
        report = send(vault, "mail@production", subject, check_exit=7)
        assert 3 < time.monotonic() - started < 15
        assert report["status"] == "failed" and server.clients == 1


def test_loopback_is_out_of_reach_until_the_operator_allows_it(subject):
    """Without an egress setting no connection to a special network is opened."""
    with Vault(environment={}) as vault, SilentServer() as server:
        vault.json("init", "--recovery", "none")
        connect(vault, "mail", server.port, "none")
        report = send(vault, "mail@production", subject, check_exit=1)
        assert "SIGNET_EGRESS_ALLOW" in report["attempts"][-1]["explanation"]
        assert server.clients == 0


def test_a_server_that_takes_everything(vault, subject):
    """smtp-sink without AUTH: sixteen recipients over To, Cc and Bcc are all accepted."""
    addresses = [f"r{number}@peers.test" for number in range(16)]
    with SMTPSink() as sink:
        connect(vault, "sink", sink.port("smtp"), "none")
        report = send(
            vault, "sink@production", subject, "--to", *addresses[:6], "--cc", *addresses[6:11],
            "--bcc", *addresses[11:], check_exit=0,
        )
        assert sorted(one["address"] for one in report["recipients"]) == sorted(addresses)
