"""Proves that `vault connection test` finds the step that fails, says why, and says what to do.

Against Postfix with Dovecot, Exim, Dovecot's submission server, and stunnel with every bad
certificate.
"""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from accounts import ODD, PLAIN, Account
from connection_tests import create, failing, run_test
from connections import DOORS, READER, SENDER, connect, pop3_options, set_secret
from dialogues import pop3, smtp
from hostility import gone
from peers import DEFERRED, REFUSED
from processes import free_ports, wait_until
from sasl import Authenticator
from scripted import ScriptedServer, server_context


@pytest.fixture(scope="module")
def vault(watched):
    """One vault for all tests of this file: each has connections of its own."""
    return watched.vault


@pytest.fixture(scope="module")
def tls(certificates):
    return server_context(certificates.good)


# MARK: What works


ALL_DOORS = [
    *DOORS, ("submission", "submission", "starttls"), ("submission", "submissions", "implicit_tls"),
]


@pytest.mark.parametrize("door", ALL_DOORS, ids="-".join)
def test_a_connection_that_works(request, vault, subject, door):
    """Until the login by default: each step up to there is ok, with what was seen; exit 0."""
    peer, port, encryption = request.getfixturevalue(door[0]), *door[1:]
    name = create(vault, subject, peer.port(port), encryption, ODD)
    steps = run_test(vault, name)
    for step in ("config", "egress", "dns", "tcp", "greeting", "ehlo", "tls", "auth", "quit"):
        assert steps[step]["status"] == "ok", steps[step]
    secured = steps["ehlo-tls"]["status"]
    assert secured == ("ok" if encryption == "starttls" else "skipped")
    for step in ("pop", "sender", "recipient", "mail"):
        assert steps[step]["status"] == "skipped", steps[step]
    assert "127.0.0.1" in steps["tcp"]["evidence"]
    assert "SIZE" in steps["ehlo"]["evidence"]
    for fact in ("TLSv1.", "localhost", "days", "SHA-256"):
        assert fact in steps["tls"]["evidence"], steps["tls"]
    assert "PLAIN" in steps["auth"]["evidence"]


@pytest.mark.parametrize("door", DOORS[::2], ids="-".join)
def test_until_the_recipient(request, vault, subject, door):
    """Sender and recipient are asked for, and no mail is sent."""
    peer, port, encryption = request.getfixturevalue(door[0]), *door[1:]
    recipient = f"{subject}@peers.test"
    name = create(
        vault, subject, peer.port(port), encryption, ODD, "--set", f"test_address={recipient}"
    )
    steps = run_test(vault, name, "--until", "recipient")
    assert steps["sender"]["status"] == steps["recipient"]["status"] == "ok"
    assert recipient in steps["recipient"]["evidence"] and steps["mail"]["status"] == "skipped"
    assert peer.mails(recipient) == []


@pytest.mark.parametrize("door", DOORS[::2], ids="-".join)
def test_send_sends_one_mail_to_the_test_address(request, vault, subject, door):
    """One mail, to nobody else."""
    peer, port, encryption = request.getfixturevalue(door[0]), *door[1:]
    recipient = f"{subject}@peers.test"
    name = create(
        vault, subject, peer.port(port), encryption, ODD, "--set", f"test_address={recipient}"
    )
    before = len(peer.mails(READER))
    steps = run_test(vault, name, "--send")
    assert steps["mail"]["status"] == "ok", steps
    wait_until(lambda: peer.mails(recipient), 15, "the test mail")
    assert len(peer.mails(recipient)) == 1 and len(peer.mails(READER)) == before
    assert SENDER.encode() in peer.mails(recipient)[0]


def test_send_without_a_test_address_sends_nothing(vault, subject, tls):
    """Nobody is written to whom the connection does not name."""
    with ScriptedServer(smtp(tls, Authenticator(ODD, ("PLAIN",)))) as server:
        connect(vault, subject, server.port, "starttls", ODD, secret=f"{subject}-pass")
        done = vault.run(
            "connection", "test", f"{subject}@production", "--send", "--json", check_exit=None
        )
        assert b"RCPT" not in server.said and b"DATA" not in server.said
    assert done.exit in (0, 1, 2)


def test_pop_before_smtp(vault, subject, postfix, dovecot):
    """The POP3 session is a step of its own."""
    set_secret(vault, f"{subject}-pop", PLAIN.password)
    name = create(
        vault, subject, postfix.port("smtp"), "none", None,
        *pop3_options(dovecot.port("pop3"), "starttls", PLAIN, f"{subject}-pop"),
    )
    steps = run_test(vault, name, "--until", "recipient", secrets=(PLAIN,))
    assert steps["pop"]["status"] == "ok" and steps["recipient"]["status"] == "ok", steps


# MARK: Unsaved definitions


def definition(port: int, /, **members: object) -> bytes:
    return json.dumps({
        "name": "unsaved", "environment": "production", "host": "127.0.0.1", "port": port,
        "encryption": "starttls", "tls": {"ca_ref": "peers"}, "from": {"address": SENDER}
    } | members).encode()


def test_an_unsaved_definition(vault, subject, postfix):
    """A file is tested without being saved, with a secret of the vault or without a login."""
    set_secret(vault, subject, ODD.password)
    auth = {"mode": "smtp", "username": ODD.user, "secret_ref": subject}
    path = vault.file("unsaved.json", definition(postfix.port("submission"), auth=auth))
    steps = run_test(vault, "--file", path)
    assert steps["auth"]["status"] == "ok", steps
    names = [one["name"] for one in vault.json("connection", "list")]
    assert "unsaved" not in names
    path = vault.file("unsaved.json", definition(postfix.port("submission")))
    assert run_test(vault, "--file", path)["auth"]["status"] == "skipped"


@pytest.mark.parametrize("members", [
    {"host": "smtp://mail.example.com"}, {"port": 0}, {"port": 65536}, {"encryption": "strong"},
    {"timeouts": {"connect_ms": 4999}}, {"hots": "mail.example.com"},
    {"properties": {"mail.smtp.starttls.requred": "true"}},
    {"properties": {"mail.smtp.ssl.trust": "*"}},
])
def test_an_unsaved_definition_that_is_wrong(vault, members):
    """What cannot be saved cannot be tested: exit 2 or a failing step, and a way out."""
    path = vault.file("unsaved.json", definition(587, **members))
    done = vault.run("connection", "test", "--file", path, "--json", check_exit=None)
    assert done.exit in (1, 2), done
    if done.exit == 1:
        (step,) = [one for one in json.loads(done.stdout)["steps"] if one["status"] == "fail"]
        assert step["step"] == "config" and step["cause"] and step["action"]
    else:
        assert json.loads(done.stderr)["detail"]


# MARK: What fails


@pytest.mark.parametrize("door", ALL_DOORS, ids="-".join)
def test_a_wrong_password(request, vault, subject, door):
    """The login fails, and the advice is about the credential."""
    peer, port, encryption = request.getfixturevalue(door[0]), *door[1:]
    wrong = Account(ODD.user, "wrong-password-77")
    name = create(vault, subject, peer.port(port), encryption, wrong)
    step = failing(
        vault, "auth", name, cause="password is wrong", action="rotate", secrets=(wrong,)
    )
    assert "535" in step["evidence"]


BAD_TLS = {
    "expired": ("expired", "renew"),
    "not_yet_valid": ("not valid yet", "clock"),
    "wrong_name": ("another name", "tls.server_name"),
    "common_name_only": ("another name", "tls.server_name"),
    "untrusted": ("signed itself", "tls.ca_ref"),
    "tls11": ("TLS 1.0 or 1.1", "TLS 1.2"),
    "starttls_expired": ("expired", "renew"),
    "starttls_wrong_name": ("another name", "tls.server_name"),
    "starttls_untrusted": ("signed itself", "tls.ca_ref"),
    "starttls_tls11": ("TLS 1.0 or 1.1", "TLS 1.2"),
}


@pytest.mark.parametrize("port", BAD_TLS)
def test_bad_tls(vault, subject, stunnel, port):
    """stunnel with every flaw: the step is TLS, and nothing later is tried."""
    cause, action = BAD_TLS[port]
    encryption = "starttls" if port.startswith("starttls") else "implicit_tls"
    name = create(vault, subject, stunnel.port(port), encryption, ODD)
    step = failing(vault, "tls", name, cause=cause, action=action)
    if "tls11" not in port:
        assert "SHA-256" in step["evidence"], "the fingerprint to pin is named"


@pytest.mark.parametrize("port", ["good", "tls12", "starttls"])
def test_good_tls(vault, subject, stunnel, port):
    """The same stunnel without a flaw passes, also under TLS 1.2."""
    encryption = "starttls" if port == "starttls" else "implicit_tls"
    name = create(vault, subject, stunnel.port(port), encryption, None)
    assert run_test(vault, name, "--until", "sender")["tls"]["status"] == "ok"


def test_a_pin_that_does_not_fit(vault, subject, certificates, stunnel):
    """A fingerprint of another certificate; with the right one, even an expired one passes."""
    for number, pinned in enumerate([certificates.good, certificates.expired]):
        name = create(
            vault, f"{subject}-{number}", stunnel.port("expired"), "implicit_tls", None,
            "--fingerprint", certificates.fingerprint(pinned),
        )
        if pinned is certificates.good:
            failing(vault, "tls", name, cause="another certificate", action="fingerprint")
        else:
            assert run_test(vault, name)["tls"]["status"] in ("ok", "warn")


def test_nothing_listens(vault, subject):
    """A refused connection is one of TCP."""
    name = create(vault, subject, *free_ports(1), "starttls", ODD)
    failing(vault, "tcp", name, cause="no server listens", action="port")


def test_a_host_that_does_not_exist(vault, subject):
    """`.invalid` never exists (RFC 6761 §6.4)."""
    name = create(vault, subject, 587, "starttls", ODD, host="smtp.gmial.invalid")
    failing(vault, "dns", name, cause="name service", action="")


def test_the_wrong_mode_for_the_port(vault, subject, postfix):
    """STARTTLS towards a TLS port, and TLS towards a STARTTLS port."""
    name = create(vault, f"{subject}-a", postfix.port("submission"), "implicit_tls", ODD)
    failing(vault, "tls", name, cause="wrong version number", action="encryption=starttls")
    name = create(
        vault, f"{subject}-b", postfix.port("smtps"), "starttls", ODD,
        "--set", "timeouts.request_ms=10000",
    )
    failing(vault, "greeting", name, cause="TLS", action="implicit_tls")


@pytest.mark.parametrize("step, instead, cause, action", [
    ("greeting", {"greeting": b"554 No SMTP service here\r\n"}, "refuses", "reputation"),
    ("greeting", {"greeting": b"421 4.3.2 busy\r\n"}, "busy", "later"),
    ("greeting", {"greeting": b"SSH-2.0-OpenSSH_9.2\r\n"}, "no SMTP server", "host and port"),
    ("greeting", {"greeting": gone}, "closed before", "encryption"),
    ("ehlo", {"ehlo": b"504 5.5.2 <x>: Helo command rejected\r\n"}, "name", "local_domain"),
    ("tls", {"ehlo": b"250 scripted.test\r\n"}, "does not offer STARTTLS", "implicit_tls"),
    ("tls", {"starttls": b"454 4.7.0 TLS not available\r\n"}, "cannot do it now", "later"),
    ("tls", {"starttls": b"220 go\r\n250 x\r\n"}, "tampers", "incident"),
    ("auth", {"ehlo_tls": b"250 scripted.test\r\n"}, "TLS", "auth.mode=none"),
    ("sender", {"mail": b"550 5.7.60 SMTP; Client does not have permissions\r\n"}, "", ""),
    ("recipient", {"rcpt": b"550 5.1.1 No such mailbox\r\n"}, "", ""),
], ids=lambda value: value if isinstance(value, str) else None)
def test_each_step_can_fail(vault, subject, tls, step, instead, cause, action):
    """Servers that go wrong at one step."""
    with ScriptedServer(smtp(tls, Authenticator(ODD, ("PLAIN",)), **instead)) as server:
        name = create(vault, subject, server.port, "starttls", ODD)
        failing(vault, step, name, "--until", "recipient", cause=cause, action=action)


def test_a_foreign_banner_is_not_repeated(vault, subject):
    """What another kind of service says stays with the operator (no scanning through the vault)."""
    with ScriptedServer(smtp(greeting=b"-ERR internal-service-9f3a\r\n")) as server:
        name = create(vault, subject, server.port, "none", None)
        step = failing(vault, "greeting", name, cause="no SMTP server", action="")
    assert "internal-service" not in json.dumps(step)


@pytest.mark.parametrize("recipient, code", [(REFUSED, "550"), (DEFERRED, "451")])
def test_recipients_that_real_servers_refuse(vault, subject, postfix, recipient, code):
    """Postfix's own refusals, with the server's words as evidence."""
    name = create(
        vault, subject, postfix.port("submission"), "starttls", ODD,
        "--set", f"test_address={recipient}",
    )
    step = failing(vault, "recipient", name, "--until", "recipient", cause="", action="")
    assert code in step["evidence"]


def test_a_pop3_server_that_refuses(vault, subject):
    """The failing step is the POP3 session, and SMTP is not begun."""
    with ScriptedServer(pop3(PLAIN, password=b"-ERR no\r\n")) as pop:
        with ScriptedServer(smtp()) as server:
            set_secret(vault, f"{subject}-pop", PLAIN.password)
            name = create(
                vault, subject, server.port, "none", None,
                *pop3_options(pop.port, "none", PLAIN, f"{subject}-pop"),
            )
            failing(vault, "pop", name, cause="", action="", secrets=(PLAIN,))
        assert server.sessions == []


def test_a_disabled_connection_is_not_tried(vault, subject):
    """It is in the wrong state for any use, and the server hears nothing."""
    with ScriptedServer(smtp()) as server:
        name = create(vault, subject, server.port, "none", None)
        vault.run("connection", "disable", name)
        done = vault.run("connection", "test", name, check_exit=5)
        assert b"is disabled" in done.stderr and b"vault connection enable" in done.stderr
    assert server.sessions == []


def test_wrong_words(vault):
    """No such connection, no such step, both a name and a file."""
    vault.run("connection", "test", "nobody@production", check_exit=3)
    vault.run("connection", "test", "nobody@production", "--until", "lunch", check_exit=2)
    path = vault.file("unsaved.json", definition(587))
    vault.run("connection", "test", "nobody@production", "--file", path, check_exit=2)


def test_for_people(vault, subject, postfix):
    """Without --json: a line for each step, the cause and the action, and the same exit status."""
    name = create(
        vault, subject, postfix.port("submission"), "starttls", replace(ODD, password="wrong-1")
    )
    done = vault.run("connection", "test", name, check_exit=1)
    text = (done.stdout + done.stderr).decode()
    assert "535" in text and "rotate" in text and "wrong-1" not in text
