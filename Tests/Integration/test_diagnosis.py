"""Proves that what providers answer is explained, in tests and sends, and shown without secrets."""

from __future__ import annotations

import base64
import json

import pytest

from accounts import ODD, PLAIN, Account
from connection_tests import create, failing
from connections import connect_with_token, pop3_options, send, set_secret
from dialogues import pop3, smtp
from sasl import Authenticator
from scripted import ScriptedServer, forms_within, server_context

@pytest.fixture(scope="module")
def vault(watched):
    """One vault for all tests of this file: each has connections of its own."""
    return watched.vault


@pytest.fixture(scope="module")
def tls(certificates):
    return server_context(certificates.good)


# MARK: Providers


PROVIDER_REPLIES = {
    "Gmail application password": (
        b"534-5.7.9 Application-specific password required. For more information, go to\r\n"
        b"534 5.7.9  https://support.google.com/mail/?p=InvalidSecondFactor x - gsmtp\r\n",
        "password", "app password",
    ),
    "Gmail password": (
        b"535-5.7.8 Username and Password not accepted. For more information, go to\r\n"
        b"535 5.7.8  https://support.google.com/mail/?p=BadCredentials x - gsmtp\r\n",
        "", "app password",
    ),
    "Office 365 switched off": (
        b"535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the "
        b"Tenant. Visit https://aka.ms/smtp_auth_disabled for more information.\r\n",
        "tenant", "",
    ),
    "Office 365 basic": (
        b"550 5.7.30 Basic authentication is not supported for Client Submission.\r\n",
        "passwords", "xoauth2",
    ),
    "SES credentials": (
        b"535 Authentication Credentials Invalid\r\n", "", "",
    ),
    "too many logins": (
        b"454 4.7.0 Too many login attempts, please try again later. x - gsmtp\r\n",
        "", "",
    ),
}


@pytest.mark.parametrize("reply", PROVIDER_REPLIES.values(), ids=PROVIDER_REPLIES.keys())
def test_replies_of_providers(vault, subject, tls, reply):
    """A provider's own words get a cause and an action of their own."""
    words, cause, action = reply
    authenticator = Authenticator(ODD, ("PLAIN",))
    with ScriptedServer(smtp(tls, authenticator, auth=words)) as server:
        name = create(vault, subject, server.port, "starttls", ODD)
        failing(vault, "auth", name, cause=cause, action=action)


@pytest.mark.parametrize("reply", PROVIDER_REPLIES.values(), ids=PROVIDER_REPLIES.keys())
def test_a_failed_send_is_diagnosed_as_well(vault, subject, tls, reply):
    """The attempt of a send tells the same cause and action as the test."""
    words, cause, action = reply
    authenticator = Authenticator(ODD, ("PLAIN",))
    with ScriptedServer(smtp(tls, authenticator, auth=words)) as server:
        name = create(vault, subject, server.port, "starttls", ODD)
        attempt = send(vault, name, subject)["attempts"][-1]
        step = failing(vault, "auth", name, cause=cause, action=action)
    assert (attempt["cause"], attempt["action"]) == (step["cause"], step["action"])


# MARK: Debug


DEBUGGED = Account("debug user@peers.test", "d3bug/pass+word?&=% ü")


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-256"])
@pytest.mark.parametrize("form", ["json", "text"])
def test_debug_shows_the_dialogue_without_credentials(vault, subject, tls, mechanism, form):
    """Every line of the session, with what the login says masked, also where it is echoed."""
    password = DEBUGGED.password.encode()

    def echo(session) -> bytes:
        said = session.heard.rpartition(b"AUTH ")[2].split(b"\r\n")
        words = [password, base64.b64encode(password), *said[0].split()[1:], *said[1:-1]]
        return b"".join(b"535-5.7.8 %s\r\n" % word for word in words) + b"535 5.7.8 no\r\n"

    for number, instead in enumerate([{}, {"auth": echo}]):
        authenticator = Authenticator(DEBUGGED, (mechanism,))
        with ScriptedServer(smtp(tls, authenticator, **instead)) as server:
            name = create(
                vault, f"{subject}-{number}", server.port, "starttls", DEBUGGED,
                "--mechanism", mechanism,
            )
            words = ("--json",) if form == "json" else ()
            done = vault.run(
                "connection", "test", name, "--debug", "--send", *words,
                check_exit=1 if instead else 0,
            )
        printed = done.stdout + done.stderr
        assert forms_within(printed, DEBUGGED.password, DEBUGGED.user) == [], printed
        for line in (b"EHLO ", b"STARTTLS", f"AUTH {mechanism}".encode()):
            assert line in printed, printed
        assert b"[masked]" in printed
        if not instead:
            assert b"MAIL FROM:<" in printed and b"octets of message]" in printed


def test_debug_of_tokens_and_pop3(vault, subject, tls, issuer):
    """Neither the access token nor what renews it, nor APOP's digest."""
    with ScriptedServer(smtp(tls, Authenticator(ODD, ("XOAUTH2",)))) as server:
        secret = issuer.secret(ODD.user)
        connect_with_token(vault, subject, server.port, "starttls", ODD.user, secret)
        done = vault.run("connection", "test", f"{subject}@production", "--debug", check_exit=1)
    printed = done.stdout + done.stderr
    (token,) = [one for one, user in issuer.access_tokens.items() if user == ODD.user][-1:]
    for one in (token, json.loads(secret)["refresh_token"], json.loads(secret)["client_secret"]):
        assert forms_within(printed, one, ODD.user) == [], printed

    name = f"{subject}-pop"
    with ScriptedServer(pop3(PLAIN)) as pop, ScriptedServer(smtp()) as server:
        set_secret(vault, f"{name}-pass", PLAIN.password)
        create(
            vault, name, server.port, "none", None,
            *pop3_options(pop.port, "none", PLAIN, f"{name}-pass"), "--set", "pop3.apop=false",
        )
        done = vault.run("connection", "test", f"{name}@production", "--debug")
    assert forms_within(done.stdout + done.stderr, PLAIN.password, PLAIN.user) == []


def test_debug_of_sends(vault, subject, tls):
    """`debug.until` keeps the dialogue of sends, masked, in the report and in the outbox."""
    authenticator = Authenticator(DEBUGGED, ("LOGIN",))
    with ScriptedServer(smtp(tls, authenticator)) as server:
        name = create(
            vault, subject, server.port, "starttls", DEBUGGED, "--set", "debug.until=15m"
        )
        report = send(vault, name, subject)
        dialogue = report["attempts"][-1]["dialogue"]
        vault.run("connection", "update", name, "--set", "debug.until=")
        assert "dialogue" not in send(vault, name, subject)["attempts"][-1]
    assert dialogue[0].startswith("S: 220 ") and "C: [masked]" in dialogue
    assert any(line.startswith("C: MAIL FROM:<") for line in dialogue)
    kept = vault.run("outbox", "show", report["id"], "--json").stdout
    for printed in (json.dumps(report).encode(), kept):
        assert forms_within(printed, DEBUGGED.password, DEBUGGED.user) == []
