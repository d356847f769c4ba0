"""Proves that a token may do what its scopes say and nothing else, by either way to the vault."""

from __future__ import annotations

import time
from contextlib import nullcontext
from typing import Any

import pytest

from accounts import ODD
from connections import READER, connect, explained, send, set_secret
from processes import free_ports
from vault import Vault

DENIED = 4


@pytest.fixture(params=[False, True], ids=["in-process", "served"])
def serving(request, vault):
    """A vault with three connections, alone or with a running server that commands go through."""
    for name, environment in (("ALERTS", "production"), ("ALERTS", "test"), ("other", "test")):
        connect(vault, name, 25, "none", environment=environment)
    with vault.serve() if request.param else nullcontext():
        yield vault


def token(vault: Vault, *scopes: str, **how: Any) -> dict[str, Any]:
    made = vault.json("token", "create", "--scope", *scopes, *how.get("options", ()))
    assert made["token"].startswith("sgt_") and made["accessor"] not in made["token"][:8]
    return made


def as_token(made: dict[str, Any]) -> dict[str, str]:
    return {"SIGNET_TOKEN": made["token"]}


EVERYTHING = [
    ["secret", "list"], ["secret", "show", "mail-pass"], ["secret", "versions", "mail-pass"],
    ["secret", "set", "new", "--generate"], ["secret", "delete", "mail-pass"],
    ["rotate", "mail-pass", "--generate"], ["rotate", "mail-pass", "--plan"],
    ["rotate", "mail-pass", "--rollback"],
    ["connection", "list"], ["connection", "show", "ALERTS@production"],
    ["connection", "create", "x", "--env", "test", "--host", "h.test", "--from", "a@h.test"],
    ["connection", "update", "ALERTS@production", "--host", "evil.test"],
    ["connection", "disable", "ALERTS@production"], ["connection", "enable", "ALERTS@production"],
    ["connection", "delete", "other@test"], ["connection", "check-name", "x", "--env", "test"],
    ["certificate", "list"], ["certificate", "show", "peers"], ["certificate", "delete", "peers"],
    ["token", "list"], ["token", "create", "--scope", "audit:read"], ["token", "show", "abc"],
    ["token", "revoke", "abc"], ["outbox", "list"], ["outbox", "show", "msg_0"],
    ["audit", "list"], ["audit", "verify"], ["status"], ["doctor"], ["protector", "list"],
    ["sandbox", "list"], ["sandbox", "show"], ["sandbox", "raw"], ["sandbox", "search", "x"],
    ["sandbox", "wait", "--timeout", "1s"], ["sandbox", "delete", "--all"],
    ["sandbox", "inbox", "list"], ["sandbox", "inbox", "create", "x"],
    ["sandbox", "inbox", "delete", "default"],
]


def test_a_sender_can_send_and_nothing_else(postfix, vault, subject):
    """send:ALERTS@production delivers there; every other command is denied and on record."""
    set_secret(vault, "mail-pass", ODD.password)
    for name in ("ALERTS@production", "ALERTS@test", "other@production"):
        name, _, environment = name.partition("@")
        connect(
            vault, name, postfix.port("submission"), "starttls", ODD, environment=environment
        )
    made = token(vault, "send:ALERTS@production")
    report = send(vault, "ALERTS@production", subject, env=as_token(made), check_exit=0)
    assert report["status"] == "sent"
    postfix.wait_for_mail(READER, subject)
    for connection in ("ALERTS@test", "other@production", "ALERTS2@production"):
        send(vault, connection, subject, env=as_token(made), check_exit=DENIED)
    before = vault.json("secret", "list"), vault.json("connection", "list")
    for words in EVERYTHING:
        done = vault.run(*words, env=as_token(made), check_exit=None)
        assert done.exit == DENIED, (words, done)
        explained(done)
    assert (vault.json("secret", "list"), vault.json("connection", "list")) == before
    denied = vault.json("audit", "list", "--outcome", "denied")
    assert len(denied) >= len(EVERYTHING) + 3
    assert {one["actor"] for one in denied} == {f"token:{made['accessor']}"}
    assert vault.json("audit", "verify")["ok"]


def test_scopes(serving, subject):
    """Globs cover what they match; scopes add up; environments are apart."""
    wide = as_token(token(serving, "send:AL*@test", "sandbox:read@default"))
    send(serving, "alerts@test", subject, env=wide, check_exit=0)
    send(serving, "other@test", subject, env=wide, check_exit=DENIED)
    assert serving.json("sandbox", "list", env=wide)[0]["subject"] == subject
    serving.run("sandbox", "delete", "--all", env=wide, check_exit=DENIED)
    serving.json("sandbox", "inbox", "create", "second")
    serving.run("sandbox", "list", "--inbox", "second", env=wide, check_exit=DENIED)
    reader = as_token(token(serving, "connection:read"))
    assert len(serving.json("connection", "list", env=reader)) == 3
    serving.run("secret", "list", env=reader, check_exit=DENIED)


@pytest.mark.parametrize("scope", ["", "send", "send:", "send:a", "send:a@nowhere", "root",
                                   "send:a b@test", "audit:read@x", "sandbox:read@", "*"])
def test_scopes_that_are_none(vault, scope):
    """2, and no token is made."""
    explained(vault.run("token", "create", "--scope", scope, check_exit=2))
    assert {one["kind"] for one in vault.json("token", "list")} == {"bootstrap"}


def test_a_revoked_token_is_dead_at_once(serving, subject):
    """The next request is refused; so is one with a token that never was."""
    made = token(serving, "send:ALERTS@test")
    send(serving, "ALERTS@test", subject, env=as_token(made), check_exit=0)
    serving.json("token", "revoke", made["accessor"])
    done = serving.run(
        "send", "--connection", "ALERTS@test", "--to", READER, "--subject", subject,
        env=as_token(made), check_exit=DENIED,
    )
    revoked = explained(done)
    changed = dict(made, token=made["token"][:-6] + "aaaaaa")
    for text in (changed["token"], "sgt_", "nonsense", made["token"] + "x"):
        done = serving.run("connection", "list", env={"SIGNET_TOKEN": text}, check_exit=DENIED)
        assert explained(done) == revoked, "a refusal says which part was wrong"
    (shown,) = [one for one in serving.json("token", "list")
                if one["accessor"] == made["accessor"]]
    assert shown["state"] == "revoked" and "token" not in shown


def test_an_expired_token_is_dead(serving, subject):
    """A token ends when it was said to."""
    made = token(serving, "send:ALERTS@test", options=("--expires", "2s"))
    send(serving, "ALERTS@test", subject, env=as_token(made), check_exit=0)
    time.sleep(2.1)
    send(serving, "ALERTS@test", subject, env=as_token(made), check_exit=DENIED)
    denied = serving.json("audit", "list", "--outcome", "denied")
    assert denied[-1]["actor"] == f"token:{made['accessor']}"


def test_the_token_may_come_from_a_file(serving, subject):
    """--token-file goes before SIGNET_TOKEN, that before SIGNET_TOKEN_FILE; empty is not absent."""
    good, useless = token(serving, "send:ALERTS@test"), token(serving, "audit:read")
    files = {
        name: serving.file(name, made["token"].encode() + b"\n")
        for name, made in (("good", good), ("useless", useless))
    }
    send(serving, "ALERTS@test", subject, "--token-file", files["good"], check_exit=0)
    send(serving, "ALERTS@test", subject, "--token-file", files["good"], env=as_token(useless),
         check_exit=0)
    send(serving, "ALERTS@test", subject, env={"SIGNET_TOKEN_FILE": str(files["good"])},
         check_exit=0)
    send(serving, "ALERTS@test", subject, check_exit=DENIED,
         env={**as_token(useless), "SIGNET_TOKEN_FILE": str(files["good"])})
    empty = serving.file("empty", b"\n")
    for option in (empty, serving.folder / "missing"):
        done = serving.run("status", "--token-file", option, check_exit=None)
        assert done.exit in (2, 3, DENIED), done
        explained(done)


# MARK: Two ways, one answer


def key_set(value: Any) -> Any:
    """The shape of a JSON value: keys and types, without what differs from run to run."""
    if isinstance(value, dict):
        return {name: key_set(one) for name, one in value.items()}
    if isinstance(value, list):
        return [key_set(one) for one in value[:1]]
    return type(value).__name__


def steps(vault: Vault) -> list[tuple[list[str], Any]]:
    """A tour through the commands, each with its exit status and the shape of its answer."""
    shown_id = send(vault, "ALERTS@test", "same", check_exit=0)["id"]
    done = []
    for words in (
        ["status"], ["doctor"], ["secret", "list"], ["secret", "show", "mail-pass"],
        ["secret", "versions", "mail-pass"], ["secret", "show", "none"],
        ["connection", "list"], ["connection", "show", "ALERTS@test"],
        ["connection", "show", "ALERTS"], ["connection", "check-name", "ALERTS", "--env", "test"],
        ["certificate", "list"], ["certificate", "show", "peers"], ["token", "list"],
        ["outbox", "list"], ["outbox", "show", shown_id], ["outbox", "show", "msg_none"],
        ["audit", "list"], ["audit", "verify"], ["protector", "list"], ["sandbox", "list"],
        ["sandbox", "show"], ["sandbox", "raw"], ["sandbox", "search", "subject:same"],
        ["sandbox", "wait", "--subject", "same"], ["sandbox", "inbox", "list"],
        ["rotate", "mail-pass", "--plan"], ["rotate", "mail-pass", "--rollback"],
        ["send", "--connection", "ALERTS@test", "--to", READER, "--subject", "same"],
        ["send", "--connection", "ALERTS@production", "--to", READER, "--subject", "unreachable"],
        ["send", "--connection", "ALERTS@test", "--to", "not an address", "--subject", "s"],
        ["send", "--connection", "none@test", "--to", READER, "--subject", "s"],
        ["token", "create", "--scope", "audit:read"], ["connection", "disable", "ALERTS@test"],
        ["send", "--connection", "ALERTS@test", "--to", READER, "--subject", "disabled"],
        ["connection", "enable", "ALERTS@test"], ["sandbox", "delete", "latest"],
    ):
        ended = vault.run(*words, "--json", check_exit=None)
        answer = vault.json(*words, check_exit=None) if words[0] not in ("token", "sandbox") else {}
        done.append((words, (ended.exit, key_set(answer))))
    return done


def test_both_ways_give_the_same_answers(vault):
    """In process and through the server: the same exit codes and the same JSON, key by key."""
    set_secret(vault, "mail-pass", "value")
    vault.json("token", "create", "--scope", "audit:read")
    connect(vault, "ALERTS", 25, "none", environment="test")
    connect(vault, "ALERTS", free_ports(1)[0], "none")
    in_process = steps(vault)
    with vault.serve():
        served = steps(vault)
    for (words, one), (_, other) in zip(in_process, served):
        assert one == other, words
