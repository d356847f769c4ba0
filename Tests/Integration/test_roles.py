"""Proves that people and services may do what their roles say, from login to refusal."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import struct
import time
from typing import Any

import pytest

from connections import connect
from vault import Vault

DENIED, NOT_FOUND, CONFLICT, USAGE = 4, 3, 5, 2
PASSWORD = b"correct horse battery"


def person(vault: Vault, name: str, role: str, *options: object) -> None:
    vault.run("principal", "create", name, "--stdin", stdin=PASSWORD + b"\n")
    vault.run("role", "bind", role, "--principal", name, *options)


def login(vault: Vault, name: str, secret: bytes = PASSWORD, **how: Any) -> dict[str, str]:
    session = vault.json("login", "--principal", name, "--stdin", stdin=secret, **how)
    return {"SIGNET_TOKEN": session["token"]}


def code_of(link: str) -> bytes:
    """What an authenticator shows now for a link (RFC 6238)."""
    secret = base64.b32decode(re.search("secret=([A-Z2-7]+)", link)[1])
    mac = hmac.digest(secret, struct.pack(">Q", int(time.time()) // 30), hashlib.sha1)
    place = mac[-1] & 15
    number = struct.unpack(">I", mac[place:place + 4])[0] & 0x7FFFFFFF
    return b"%06d" % (number % 1_000_000)


def test_the_first_owner():
    """The token that a new vault shows makes one owner through a server, and nothing else."""
    with Vault() as vault:
        token = {"SIGNET_TOKEN": vault.json("init")["bootstrap_token"]}
        claim = ("tenant", "claim", "alice", "--stdin")
        with vault.serve():
            for words in (["token", "list"], ["principal", "list"], ["tenant", "list"],
                          ["token", "create", "--scope", "tenant:claim"]):
                vault.run(*words, env=token, check_exit=DENIED)
            vault.run(*claim, stdin=b"short", env=token, check_exit=USAGE)
            owner = vault.json(*claim, stdin=PASSWORD, env=token)
            assert owner["roles"] == ["owner"]
            alice = login(vault, "alice")
            vault.run("secret", "set", "s", "--stdin", stdin=b"x", env=alice)
            again = vault.json(*claim, stdin=PASSWORD, env=token, check_exit=DENIED)
            assert again["code"] == "unauthenticated"
        problem = vault.json("tenant", "claim", "bob", "--stdin", stdin=PASSWORD,
                             check_exit=CONFLICT)
        assert problem["code"] == "claimed"
        listed = vault.json("token", "list")
        assert [one["state"] for one in listed if one["kind"] == "bootstrap"] == ["revoked"]
        assert vault.json("audit", "verify", "--deep")["rows"]["untold"] == 0


def test_a_role_is_bound_used_and_taken_away(vault):
    """An operator of production enables there, is refused elsewhere, and at once everywhere."""
    for environment in ("production", "test"):
        connect(vault, "ALERTS", 25, "none", environment=environment)
    person(vault, "alice", "operator", "--environment", "prod", "--connection", "alert*")
    with vault.serve():
        alice = login(vault, " ALICE ")
        vault.run("connection", "disable", "ALERTS@production", env=alice)
        listed = vault.json("connection", "list", env=alice)
        assert [(one["name"], one["environment"]) for one in listed] == [("ALERTS", "production")]
        for words in (
            ["connection", "disable", "ALERTS@test"], ["connection", "show", "ALERTS"],
            ["secret", "list"], ["role", "list"], ["token", "list"],
            ["token", "create", "--scope", "connection:read"],
            ["principal", "create", "bob"], ["setting", "set", "secret.reveal", "on"],
            ["role", "bind", "owner", "--principal", "alice"],
        ):
            problem = vault.json(*words, env=alice, check_exit=DENIED)
            assert problem["code"] == "scope-denied", words
        vault.run("role", "unbind", "operator", "--principal", "alice")
        vault.run("connection", "enable", "ALERTS@production", env=alice, check_exit=DENIED)
        vault.run("logout", env=alice)
        assert vault.json("connection", "list", env=alice, check_exit=DENIED)["code"] == (
            "unauthenticated")
    log = vault.json("audit", "list", "--actor", "person:alice")
    assert {entry["outcome"] for entry in log} == {"allowed", "denied"}


def test_nobody_gives_more_than_they_have(vault):
    """A role's maker and binder is held to their own rights, and so is a token's."""
    person(vault, "olga", "owner")
    olga = login(vault, "olga")
    vault.run("role", "create", "tester", "--permission", "connection:read", "connection:test",
              env=olga)
    problem = vault.json("role", "create", "x", "--permission", "secret:reveal", env=olga,
                         check_exit=DENIED)
    assert problem["code"] == "escalation"
    for words in (["role", "bind", "break-glass", "--principal", "olga", "--expires", "1h",
                   "--reason", "x"],
                  ["role", "bind", "platform-admin", "--principal", "olga"],
                  ["token", "create", "--scope", "system:metrics"]):
        assert vault.json(*words, env=olga, check_exit=DENIED)["code"] == "escalation"
    problem = vault.json("role", "unbind", "owner", "--principal", "olga", env=olga,
                         check_exit=CONFLICT)
    assert problem["code"] == "last-owner"
    vault.run("role", "create", "x", "--permission", "system:backup", check_exit=USAGE)
    token = vault.json("token", "create", "--scope", "secret:stat", env=olga)
    held = {"SIGNET_TOKEN": token["token"]}
    vault.run("secret", "list", env=held)
    vault.run("principal", "disable", "olga")
    for dead in (held, olga):
        vault.run("secret", "list", env=dead, check_exit=DENIED)


def test_password_and_code_open_a_session_once(vault):
    """A code is asked for once enrolled, and good once; failures look alike and are counted."""
    person(vault, "alice", "viewer")
    link = vault.json("principal", "totp", "alice")["otpauth"]
    with vault.serve():
        code = code_of(link)
        vault.json("login", "--principal", "alice", "--stdin", stdin=PASSWORD, check_exit=DENIED)
        alice = login(vault, "alice", PASSWORD + b"\n" + code + b"\n")
        vault.run("secret", "list", env=alice)
        answers = [
            vault.json("login", "--principal", name, "--stdin", stdin=secret, check_exit=DENIED)
            for name, secret in [("alice", PASSWORD + b"\n" + code), ("nobody", PASSWORD),
                                 ("Alice ", b"wrong password")]
        ]
        assert {answer["code"] for answer in answers} == {"login-failed"}
        assert len({answer["detail"] for answer in answers}) == 1
        problem = vault.json("login", "--principal", "alice", "--stdin", stdin=b"wrong password",
                             check_exit=DENIED)
        assert problem["code"] == "login-failed"
        problem = vault.json("login", "--principal", "alice", "--stdin", stdin=PASSWORD,
                             check_exit=DENIED)
        assert problem["code"] == "throttled"
    log = str(vault.json("audit", "list"))
    assert PASSWORD.decode() not in log and "otpauth" not in log


def test_a_person_changes_the_own_password(vault):
    """The password before is asked for, by stdin; the session goes on and the others end."""
    fresh = b"staple battery horse"
    person(vault, "alice", "viewer")
    with vault.serve():
        alice, other = login(vault, "alice"), login(vault, "alice")
        words = ["principal", "password", "--stdin"]
        for secret, code, exit_code in [
            (b"wrong password\n" + fresh, "login-failed", DENIED),
            (PASSWORD, "validation", USAGE), (PASSWORD + b"\nshort", "validation", USAGE),
        ]:
            problem = vault.json(*words, stdin=secret, env=alice, check_exit=exit_code)
            assert problem["code"] == code
        vault.run("principal", "password", env=alice, check_exit=USAGE)
        vault.json(*words, stdin=PASSWORD + b"\n" + fresh, check_exit=CONFLICT)
        done = vault.json(*words, stdin=PASSWORD + b"\n" + fresh + b"\n", env=alice)
        assert done == {"principal": "alice", "ended_sessions": 1}
        vault.run("secret", "list", env=alice)
        vault.run("secret", "list", env=other, check_exit=DENIED)
        vault.json("login", "--principal", "alice", "--stdin", stdin=PASSWORD, check_exit=DENIED)
        login(vault, "alice", fresh)
    log = vault.json("audit", "list", "--action", "principal.change-password")
    assert [entry["outcome"] for entry in log][-1] == "allowed"
    assert fresh.decode() not in str(log) and PASSWORD.decode() not in str(log)


def test_a_sender_sees_no_account(vault):
    """Neither list nor show, history nor diff, text nor JSON tells a sender whom one sends as."""
    vault.run("secret", "set", "s", "--stdin", stdin=b"x")
    connect(vault, "alerts", 25, "starttls", None, "--username", "canary-one", "--secret", "s",
            "--property", "mail.user=canary-one", ca=None)
    vault.run("connection", "update", "alerts@production", "--property", "mail.user=canary-two",
              "--retarget")
    person(vault, "sam", "sender")
    person(vault, "vic", "viewer")
    sam, vic = login(vault, "sam"), login(vault, "vic")
    for words in (["list"], ["show", "alerts@production"], ["history", "alerts@production"],
                  ["diff", "alerts@production"]):
        for form in ([], ["--json"]):
            told = vault.run("connection", *words, *form, env=sam)
            assert b"canary" not in told.stdout + told.stderr, words
        assert b"canary" in vault.run("connection", *words, "--json", env=vic).stdout, words
    shown = vault.json("connection", "show", "alerts@production", env=sam)
    assert shown["settings"]["auth"]["username"] == "[hidden]"


def test_a_platform_admin_keeps_tenants(vault):
    """It makes, lists, disables and enables them, and is refused everything inside."""
    person(vault, "pat", "platform-admin")
    vault.run("tenant", "create", "acme")
    vault.run("secret", "set", "s", "--tenant", "acme", "--stdin", stdin=b"x")
    pat = login(vault, "pat")
    vault.run("tenant", "create", "bravo", env=pat)
    listed = vault.json("tenant", "list", env=pat)
    assert [one["name"] for one in listed] == ["acme", "bravo", "default"]
    vault.run("tenant", "disable", "acme", env=pat)
    vault.run("secret", "list", "--tenant", "acme", check_exit=CONFLICT)
    assert vault.json("tenant", "show", "acme", env=pat)["tenant"]["state"] == "disabled"
    vault.run("tenant", "enable", "acme", env=pat)
    for words in (["secret", "list"], ["secret", "list", "--tenant", "acme"],
                  ["tenant", "shred", "acme", "--confirm", "acme"], ["connection", "list"],
                  ["rotate", "--tenant-key", "acme"], ["principal", "list"], ["audit", "list"]):
        problem = vault.json(*words, env=pat, check_exit=DENIED)
        assert problem["code"] == "scope-denied", words


def test_a_value_is_shown_where_it_is_on_and_with_a_reason(vault):
    """Off by default even for the operator; a pipe gets the bytes, a file never."""
    vault.run("secret", "set", "s", "--stdin", stdin=b"c4nary \xff")
    words = ["secret", "reveal", "s", "--reason", "INC-42"]
    assert vault.json(*words, check_exit=DENIED)["code"] == "reveal-off"
    vault.run("setting", "set", "secret.reveal", "on")
    assert vault.run(*words).stdout == b"c4nary \xff"
    assert base64.b64decode(vault.json(*words)["value_base64"]) == b"c4nary \xff"
    vault.run("secret", "reveal", "s", check_exit=USAGE)
    vault.run("secret", "reveal", "none", "--reason", "x", check_exit=NOT_FOUND)
    shown = [entry for entry in vault.json("audit", "list") if entry["action"] == "secret.reveal"]
    assert {entry["detail"].get("reason") for entry in shown if entry["outcome"] == "allowed"} == {
        "INC-42"}
    token = vault.json("token", "create", "--scope", "secret:stat")
    vault.run(*words, env={"SIGNET_TOKEN": token["token"]}, check_exit=DENIED)
    vault.run("token", "create", "--scope", "secret:reveal", check_exit=USAGE)


def test_a_service_acts_by_its_roles(vault):
    """A service has a token and no password; its rights follow its roles."""
    vault.run("principal", "create", "ci", "--kind", "service")
    ci = {"SIGNET_TOKEN": vault.json("principal", "token", "ci", "--expires", "1h")["token"]}
    vault.run("secret", "list", env=ci, check_exit=DENIED)
    vault.run("role", "bind", "viewer", "--principal", "ci")
    vault.run("secret", "list", env=ci)
    vault.run("principal", "delete", "ci")
    vault.run("secret", "list", env=ci, check_exit=DENIED)


def test_the_matrix_names_every_operation_and_role(vault):
    """`vault role show --matrix` needs no vault."""
    rows = vault.json("role", "show", "--matrix")
    assert len(rows) > 70
    reveal = next(row for row in rows if row["operation"] == "secret.reveal")
    assert {role for role, cell in reveal["roles"].items() if cell} == {"break-glass"}
    send = next(row for row in rows if row["operation"] == "message.send")
    assert send["roles"]["developer"] == "dev, test" and send["roles"]["operator"] == ""


@pytest.mark.parametrize("words", [
    ["role", "bind", "break-glass", "--principal", "p"],
    ["role", "bind", "break-glass", "--principal", "p", "--expires", "2d", "--reason", "x"],
    ["role", "bind", "viewer", "--principal", "p", "--connection", "a b"],
    ["role", "bind", "viewer", "--principal", "p", "--environment", "moon"],
])
def test_bindings_that_are_none_are_refused(vault, words):
    """Break-glass takes an end within a day and a reason; narrowing takes real names."""
    vault.run("principal", "create", "p")
    vault.run(*words, check_exit=USAGE)
