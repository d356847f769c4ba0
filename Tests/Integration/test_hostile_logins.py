"""Proves that a login gives nothing away to a server that cheats in it, and costs little.

The servers here have a certificate that the vault trusts: what they do wrong begins with AUTH.
"""

from __future__ import annotations

import base64
import re
from dataclasses import replace

import pytest

from accounts import Account
from connections import connect, send, set_secret
from dialogues import smtp
from hostility import endless, endless_line
from sasl import Authenticator
from scripted import ScriptedServer, Session, forms_within, server_context

ACCOUNT = Account("hostile@peers.test", "never-given-away-71d0")
SCRAM = "SCRAM-SHA-256"


@pytest.fixture(scope="module")
def tls(certificates):
    return server_context(certificates.good)


def attempt_login(watched, name, tls, auth, *mechanisms: str, **of_authenticator):
    """Sends over STARTTLS to a server whose whole answer to AUTH is `auth`; gives the attempt.

    `auth` gets the session and the words of the AUTH command. The login must fail, and neither
    report nor anything after AUTH may hold the password.
    """
    authenticator = Authenticator(ACCOUNT, mechanisms, **of_authenticator)

    def run(session: Session) -> bytes | None:
        return auth(session, session.heard.rpartition(b"AUTH ")[2].split())

    authenticator.run = lambda *_: None
    options = [word for one in mechanisms for word in ("--mechanism", one)]
    report, server = watched.send(
        name, smtp(tls, authenticator, auth=run), "starttls", ACCOUNT, *options
    )
    assert report["status"] == "failed" and len(report["attempts"]) == 1, report
    assert len(server.sessions) == 1 and b"MAIL FROM" not in server.said
    return report["attempts"][0], server


def challenge(text: bytes) -> bytes:
    return b"334 " + base64.b64encode(text) + b"\r\n"


# MARK: Challenges


def say_all(words: bytes):
    """A server that says this to AUTH and then refuses."""
    def auth(session: Session, _: list[bytes]) -> None:
        session.say(words)
        session.hear_out(b"535 5.7.8 no\r\n")

    return auth


def challenge_for_ever(session: Session, _: list[bytes]) -> None:
    while True:
        session.say(challenge(b"<once.more@scripted.test>"))
        session.hear()


CHALLENGES = {
    "huge": say_all(b"334 " + b"QUFB" * 100_000 + b"\r\n"),
    "too long by little": say_all(b"334 " + b"QUFB" * 3072 + b"\r\n"),
    "not Base64": say_all(b"334 !!!! not base64 !!!!\r\n"),
    "half a group": say_all(b"334 QUFBQ\r\n"),
    "NUL": say_all(b"334 QUFB\0QUFB\r\n"),
    "many lines": say_all(b"334-QUFB\r\n334 QUFB\r\n"),
    "endless": lambda session, _: endless(b"334-")(session),
    "endless line": lambda session, _: endless_line(b"334 ")(session),
    "for ever": challenge_for_ever,
    "not yet": say_all(b"354 go ahead\r\n"),
    "mail taken": say_all(b"250 2.0.0 ok\r\n"),
}


@pytest.mark.parametrize("mechanism", ["CRAM-MD5", SCRAM])
@pytest.mark.parametrize("words", CHALLENGES.values(), ids=CHALLENGES.keys())
def test_challenges_that_are_none(watched, subject, tls, words, mechanism):
    """Whatever stands instead of a challenge ends the login; no password goes out."""
    attempt, server = attempt_login(watched, subject, tls, words, mechanism)
    assert attempt["class"] in ("protocol_violation", "credential"), attempt
    assert forms_within(server.said, ACCOUNT.password, ACCOUNT.user) == []
    assert len(server.said) < 5_000


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
@pytest.mark.parametrize("words", CHALLENGES.values(), ids=CHALLENGES.keys())
def test_a_password_is_said_once(watched, subject, tls, words, mechanism):
    """Where the mechanism itself says the password, no challenge makes it be said again."""
    attempt, server = attempt_login(watched, subject, tls, words, mechanism)
    assert attempt["class"] in ("protocol_violation", "credential"), attempt
    form = {
        "PLAIN": f"\0{ACCOUNT.user}\0{ACCOUNT.password}", "LOGIN": ACCOUNT.password
    }[mechanism].encode()
    assert server.said.count(base64.b64encode(form)) <= 1


# MARK: SCRAM


def client_nonce(words: list[bytes]) -> bytes:
    return re.search(rb"r=([^,]+)", base64.b64decode(words[1])).group(1)


def first_message(template: bytes, then: bytes | None = None):
    """A server whose first message is `template`, with NONCE for the client's nonce."""
    def auth(session: Session, words: list[bytes]) -> None:
        session.say(challenge(template.replace(b"NONCE", client_nonce(words))))
        if then:
            session.hear()
            session.say(then)
        session.hear_out(b"535 5.7.8 no\r\n")

    return auth


FIRST_MESSAGES = {
    "one iteration": b"r=NONCEmore,s=c2FsdHNhbHQ=,i=1",
    "4095 iterations": b"r=NONCEmore,s=c2FsdHNhbHQ=,i=4095",
    "0 iterations": b"r=NONCEmore,s=c2FsdHNhbHQ=,i=0",
    "-1 iterations": b"r=NONCEmore,s=c2FsdHNhbHQ=,i=-4096",
    "1000001 iterations": b"r=NONCEmore,s=c2FsdHNhbHQ=,i=1000001",
    "2^31 iterations": b"r=NONCEmore,s=c2FsdHNhbHQ=,i=2147483648",
    "2^64 iterations": b"r=NONCEmore,s=c2FsdHNhbHQ=,i=18446744073709551616",
    "a nonce of its own": b"r=somethingelse,s=c2FsdHNhbHQ=,i=4096",
    "the client's nonce alone": b"r=NONCE,s=c2FsdHNhbHQ=,i=4096",
    "no salt": b"r=NONCEmore,s=,i=4096",
    "no fields": b"hello",
    "another order": b"s=c2FsdHNhbHQ=,r=NONCEmore,i=4096",
    "an extension that must be known": b"m=must,r=NONCEmore,s=c2FsdHNhbHQ=,i=4096",
    "NUL": b"r=NONCE\0more,s=c2FsdHNhbHQ=,i=4096",
}


@pytest.mark.parametrize("message", FIRST_MESSAGES.values(), ids=FIRST_MESSAGES.keys())
def test_what_would_weaken_scram_is_not_answered(watched, subject, tls, message):
    """No proof is made from such a message, and no time is spent on it."""
    before = watched.processor_seconds()
    attempt, server = attempt_login(watched, subject, tls, first_message(message), SCRAM)
    assert attempt["class"] in ("protocol_violation", "config"), attempt
    after_auth = server.said.partition(b"AUTH ")[2].split(b"\r\n")
    assert not any(b"p=" in decoded(line) for line in after_auth), after_auth
    assert watched.processor_seconds() - before < 2


def decoded(line: bytes) -> bytes:
    try:
        return base64.b64decode(line, validate=True)
    except ValueError:
        return b""


GOOD_FIRST = b"r=NONCEmore,s=c2FsdHNhbHQ=,i=4096"
PRETENDED = {
    "at once": say_all(b"235 2.7.0 welcome\r\n"),
    "after the proof": first_message(GOOD_FIRST, b"235 2.7.0 welcome\r\n"),
    "with a wrong signature": first_message(
        GOOD_FIRST, challenge(b"v=" + base64.b64encode(bytes(32))) + b"235 2.7.0 welcome\r\n"
    ),
    "with a wrong signature, alone": first_message(
        GOOD_FIRST, challenge(b"v=" + base64.b64encode(bytes(32)))
    ),
    "with an empty signature": first_message(GOOD_FIRST, challenge(b"v=")),
    "with an error": first_message(GOOD_FIRST, challenge(b"e=other-error")),
}


@pytest.mark.parametrize("auth", PRETENDED.values(), ids=PRETENDED.keys())
def test_a_server_that_does_not_know_the_password_is_not_believed(watched, subject, tls, auth):
    """235 without the server's signature, or with a wrong one, is no login: no mail goes out."""
    attempt, _ = attempt_login(watched, subject, tls, auth, SCRAM)
    assert attempt["phase"] == "auth", attempt
    allowed = {"protocol_violation", "credential"}
    if "server-not-proven" in attempt["explanation"]:
        allowed = {"tls_trust"}
    assert attempt["class"] in allowed, attempt


# MARK: Channel binding


def test_a_channel_is_bound_to_its_own_ends(watched, subject, certificates):
    """Whoever ends TLS in the middle cannot pass on a login that is bound to it."""
    context = server_context(certificates.good)
    authenticator = Authenticator(
        ACCOUNT, (f"{SCRAM}-PLUS",), binding=("tls-exporter", b"the other end's data")
    )
    report, server = watched.send(
        subject, smtp(context, authenticator), "starttls", ACCOUNT, "--mechanism", f"{SCRAM}-PLUS"
    )
    assert report["status"] == "failed" and b"MAIL FROM" not in server.said
    assert authenticator.failures == [f"{SCRAM}-PLUS: bound to another channel"]


def test_removing_plus_is_found_out(watched, subject, tls):
    """A client that could bind says so; the server then knows that its offer was changed."""
    authenticator = Authenticator(ACCOUNT, (SCRAM, f"{SCRAM}-PLUS"))
    changed = b"250-scripted.test\r\n250 AUTH SCRAM-SHA-256\r\n"
    behave = smtp(tls, authenticator, ehlo_tls=changed)
    report, server = watched.send(subject, behave, "starttls", ACCOUNT)
    assert report["status"] == "failed" and b"MAIL FROM" not in server.said
    assert authenticator.failures == [
        f"{SCRAM}: was kept from binding: somebody has removed -PLUS"
    ]


# MARK: Lock-out, and clear text


def test_a_refused_password_is_tried_once(watched, subject, tls):
    """One AUTH for each mail, though the server offers more mechanisms: nobody is locked out."""
    wrong = replace(ACCOUNT, password="another one")
    authenticator = Authenticator(wrong, ("PLAIN", "LOGIN", "CRAM-MD5", SCRAM))
    report, server = watched.send(subject, smtp(tls, authenticator), "starttls", ACCOUNT)
    assert [one["class"] for one in report["attempts"]] == ["credential"], report
    assert server.said.count(b"AUTH ") == 1 and len(server.sessions) == 1


def test_a_refused_password_rests(watched, subject, tls):
    """Whoever goes on sending does not lock the account: one AUTH, until the secret is changed."""
    right = replace(ACCOUNT, password="another one")
    authenticator = Authenticator(right, ("PLAIN",))
    with ScriptedServer(smtp(tls, authenticator)) as server:
        connect(watched.vault, subject, server.port, "starttls", ACCOUNT, secret=subject)
        name = f"{subject}@production"
        assert send(watched.vault, name, subject)["attempts"][0]["class"] == "credential"
        for _ in range(4):
            (attempt,) = send(watched.vault, name, subject, check_exit=1)["attempts"]
            assert attempt["class"] == "credential", attempt
            assert "not tried again" in attempt["explanation"], attempt
        assert server.said.count(b"AUTH ") == len(server.sessions) == 1
        # Whoever wants to know may ask.
        watched.vault.run("connection", "test", name, check_exit=1)
        assert server.said.count(b"AUTH ") == 2
        set_secret(watched.vault, subject, right.password)
        assert send(watched.vault, name, subject)["status"] == "sent"
    assert server.said.count(b"AUTH ") == 3


@pytest.mark.parametrize("mechanism", ["CRAM-MD5", SCRAM, "PLAIN", "LOGIN"])
def test_in_clear_only_what_may_run_in_clear(watched, subject, mechanism):
    """Without TLS, CRAM-MD5 and SCRAM run with a flag alone, and what says the password never."""
    authenticator = Authenticator(ACCOUNT, (mechanism,))
    may_run = mechanism in ("CRAM-MD5", SCRAM)
    for number, flag in enumerate(["false", "true"]):
        report, server = watched.send(
            f"{subject}-{number}", smtp(None, authenticator), "none", ACCOUNT,
            "--set", f"auth.allow_insecure_auth={flag}",
        )
        if may_run and flag == "true":
            assert report["status"] == "sent" and authenticator.succeeded == [mechanism]
        else:
            assert report["status"] == "failed" and b"AUTH" not in server.said
            assert report["attempts"][-1]["class"] in ("tls_downgrade", "config"), report
