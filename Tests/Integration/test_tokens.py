"""Proves how access tokens are renewed: over verified TLS alone, with nothing lost or told."""

from __future__ import annotations

import json

import pytest

from accounts import PLAIN
from connections import connect_with_token, send
from dialogues import smtp
from scripted import ScriptedServer, forms_within, server_context
from tokens import CLIENT_ID, CLIENT_SECRET, Answer, TokenIssuer


def mail_to(vault, submission, subject, secret: str) -> dict:
    """Sends one mail with a connection that logs in with tokens; gives the report."""
    connect_with_token(
        vault, "mail", submission.port("submission"), "starttls", PLAIN.user, secret
    )
    return send(vault, "mail@production", subject)


def assert_no_token(problem: dict, code: str = "token-endpoint") -> None:
    """The send ended before any session, for want of a token, and says what to do."""
    assert problem["code"] == code and "token endpoint" in problem["detail"], problem
    assert "; " in problem["detail"], problem


def test_a_rotated_refresh_token_is_kept(vault, subject, submission, issuer):
    """Each command renews with the token that the last renewal gave, across processes."""
    first = len(issuer.forms)
    report = mail_to(vault, submission, subject, issuer.secret(PLAIN.user))
    assert report["status"] == "sent", report
    for _ in range(3):
        assert send(vault, "mail@production", subject)["status"] == "sent"
    forms = issuer.forms[first:]
    assert len(forms) == 4 and len({form["refresh_token"] for form in forms}) == 4
    for form in forms:
        assert form["grant_type"] == "refresh_token"


def test_a_server_keeps_the_access_token(vault, subject, submission, issuer):
    """One renewal serves many mails while it lasts, and a new secret is renewed anew."""
    with vault.serve():
        first = len(issuer.forms)
        assert mail_to(vault, submission, subject, issuer.secret(PLAIN.user))["status"] == "sent"
        for _ in range(3):
            assert send(vault, "mail@production", subject)["status"] == "sent"
        assert len(issuer.forms) == first + 1
        vault.json(
            "secret", "set", "mail-client", "--stdin", stdin=issuer.secret(PLAIN.user).encode()
        )
        assert send(vault, "mail@production", subject)["status"] == "sent"
        assert len(issuer.forms) == first + 2


@pytest.mark.parametrize("identity", ["expired", "wrong_name", "untrusted"])
def test_a_token_endpoint_is_always_verified(vault, subject, certificates, identity):
    """A bad certificate hears neither refresh token nor client secret, and nobody is logged in."""
    with (
        TokenIssuer(getattr(certificates, identity)) as issuer,
        ScriptedServer(smtp(server_context(certificates.good))) as server,
    ):
        connect_with_token(
            vault, "mail", server.port, "starttls", PLAIN.user, issuer.secret(PLAIN.user)
        )
        assert_no_token(send(vault, "mail@production", subject))
    assert issuer.forms == []
    assert b"AUTH" not in server.said and b"MAIL" not in server.said


@pytest.mark.parametrize("endpoint", [
    "http://127.0.0.1/token", "https://user:password@127.0.0.1/token", "ftp://127.0.0.1/",
    "https://127.0.0.1/token\r\nX: y", "https:///token", "file:///etc/passwd",
])
def test_endpoints_that_are_none(vault, subject, endpoint):
    """Only https, and nothing that could smuggle; refused with the secret's values unsaid."""
    secret = json.dumps({
        "client_id": "c", "client_secret": CLIENT_SECRET, "refresh_token": "refresh-77aa-bb",
        "token_endpoint": endpoint,
    })
    done = vault.run(
        "secret", "set", "client", "--kind", "oauth2-client", "--stdin", stdin=secret.encode(),
        check_exit=None,
    )
    if done.exit == 0:
        with ScriptedServer(smtp()) as server:
            connect_with_token(vault, "mail", server.port, "starttls", PLAIN.user, secret)
            done = vault.run(
                "send", "--connection", "mail@production", "--to", PLAIN.user, "--subject",
                subject, "--text", "x", check_exit=None,
            )
        assert server.sessions == [] or b"AUTH" not in server.said
    assert done.exit != 0
    for one in (CLIENT_SECRET, "refresh-77aa-bb"):
        assert forms_within(done.stdout + done.stderr, one) == []


ANSWERS = {
    "redirect": Answer(302, b"", {"Location": "https://127.0.0.1:1/elsewhere"}),
    "permanent redirect": Answer(308, b"", {"Location": "https://127.0.0.1:1/elsewhere"}),
    "invalid_grant": Answer(400, b'{"error":"invalid_grant","error_description":"%s"}'),
    "invalid_client": Answer(401, b'{"error":"invalid_client"}'),
    "unavailable": Answer(503, b"<html>busy</html>"),
    "no JSON": Answer(200, b"access_token=x"),
    "no token": Answer(200, b'{"token_type":"Bearer"}'),
    "another type": Answer(200, b'{"access_token":"x","token_type":"mac","expires_in":1}'),
    "CRLF": Answer(200, b'{"access_token":"x\\r\\nMAIL FROM:<>","token_type":"Bearer"}'),
    "1 MB": Answer(200, b'{"access_token":"' + b"x" * 1_000_000 + b'","token_type":"Bearer"}'),
    "deep": Answer(200, b'{"a":' * 100_000 + b"1" + b"}" * 100_000),
    "NUL": Answer(200, b'{"access_token":"x\\u0000y","token_type":"Bearer"}'),
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS.keys())
def test_answers_without_a_usable_token(vault, subject, certificates, answer):
    """Nobody is logged in, nothing is followed, and the answer's words are not repeated."""
    tls = server_context(certificates.good)
    with (
        TokenIssuer(certificates.good, answer=answer) as issuer,
        ScriptedServer(smtp(tls)) as server,
    ):
        secret = issuer.secret(PLAIN.user)
        connect_with_token(vault, "mail", server.port, "starttls", PLAIN.user, secret)
        report = send(vault, "mail@production", subject)
    assert_no_token(report, "auth-failed" if b"invalid_" in answer.body else "token-endpoint")
    assert len(issuer.forms) == 1 and issuer.forms[0]["client_id"] == CLIENT_ID
    assert b"AUTH" not in server.said and b"MAIL" not in server.said
    printed = str(report).encode()
    for one in (CLIENT_SECRET, json.loads(secret)["refresh_token"], "html", "elsewhere"):
        assert forms_within(printed, one) == [], report
