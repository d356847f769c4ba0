"""Proves that a secret may be kept elsewhere: fetched for each session, and stored nowhere."""

from __future__ import annotations

import json
import os

import pytest

from accounts import ODD, SYMBOLS
from connections import connect, explained, send
from openbao import OpenBao
from peers import HOST
from scripted import forms_within
from vault import PEERS_EGRESS, Vault

KINDS = ("env", "file", "openbao")


@pytest.fixture(scope="module")
def openbao(certificates):
    with OpenBao(certificates) as openbao:
        yield openbao


class Elsewhere:
    """A place outside of the vault, of one of KINDS, and how the operator permits it."""

    def __init__(self, kind: str, vault: Vault, openbao: OpenBao):
        self.kind = kind
        self._vault = vault
        self._openbao = openbao
        self._file = vault.folder.resolve() / "kept" / "mail"
        self._file.parent.mkdir()
        self.reference = {
            "env": "env://MAIL_PASSWORD", "file": f"file://{self._file}",
            "openbao": "openbao://kv/mail/production#password",
        }[kind]
        vault.environment = {
            **PEERS_EGRESS, "SIGNET_REFERENCE_ENV": "MAIL_",
            "SIGNET_REFERENCE_FILES": str(self._file.parent),
            "SIGNET_OPENBAO_ADDR": f"https://{HOST}:{openbao.port('https')}",
            "SIGNET_OPENBAO_TOKEN_FILE": str(openbao.token_file),
            "SIGNET_OPENBAO_CA": str(openbao.certificates.authority),
            "SIGNET_OPENBAO_PATHS": "kv/mail/",
        }

    def put(self, value: str) -> None:
        if self.kind == "env":
            self._vault.environment = {**self._vault.environment, "MAIL_PASSWORD": value}
        elif self.kind == "file":
            self._file.write_text(value + "\n")
            self._file.chmod(0o600)
        else:
            self._openbao.put("mail/production", {"password": value})

    def remove(self) -> None:
        if self.kind == "env":
            self._vault.environment = {
                name: value for name, value in self._vault.environment.items()
                if name != "MAIL_PASSWORD"
            }
        elif self.kind == "file":
            self._file.unlink()
        else:
            self._openbao.delete("mail/production")


@pytest.fixture(params=KINDS)
def elsewhere(request, vault, openbao):
    return Elsewhere(request.param, vault, openbao)


def connect_by_reference(vault: Vault, port: int, user: str, reference: str) -> None:
    vault.json("secret", "set", "mail-pass", "--ref", reference)
    connect(vault, "mail", port, "starttls", None, "--username", user, "--secret", "mail-pass")


@pytest.mark.parametrize("account", [ODD, SYMBOLS], ids=["odd", "symbols"])
def test_a_login_with_a_secret_from_elsewhere(vault, subject, postfix, elsewhere, account):
    """The mail is sent, and no file of the vault and no output holds the password."""
    elsewhere.put(account.password)
    connect_by_reference(vault, postfix.port("submission"), account.user, elsewhere.reference)
    assert send(vault, "mail@production", subject, check_exit=0)["status"] == "sent"
    shown = vault.run("secret", "show", "mail-pass", "--json")
    tested = vault.run("connection", "test", "mail@production", "--debug")
    for printed in (shown.stdout, tested.stdout, tested.stderr):
        assert forms_within(printed, account.password, account.user) == []
    for path in vault.home.rglob("*"):
        if path.is_file():
            assert forms_within(path.read_bytes(), account.password, account.user) == [], path


def test_what_changes_elsewhere_counts_at_once(vault, subject, postfix, elsewhere):
    """Each session fetches anew, so a password that is rotated elsewhere needs nothing here."""
    elsewhere.put("not yet the right one")
    connect_by_reference(vault, postfix.port("submission"), ODD.user, elsewhere.reference)
    vault.run("connection", "test", "mail@production", check_exit=1)
    elsewhere.put(ODD.password)
    vault.run("connection", "test", "mail@production")
    assert send(vault, "mail@production", subject, check_exit=0)["status"] == "sent"


def test_what_is_gone_is_named(vault, subject, postfix, elsewhere):
    """No session is begun without the value, and the reason is told without it."""
    elsewhere.put(ODD.password)
    connect_by_reference(vault, postfix.port("submission"), ODD.user, elsewhere.reference)
    elsewhere.remove()
    done = vault.run(
        "send", "--connection", "mail@production", "--to", "reader@peers.test", "--subject",
        subject, "--text", "x", check_exit=None,
    )
    assert done.exit != 0
    assert forms_within(explained(done).encode(), ODD.password, ODD.user) == []


MALFORMED = (
    "https://127.0.0.1/secret", "file://relative", "env://", "openbao://kv/mail",
    "openbao://kv/mail/../other#password", "file:///tmp/../etc/passwd", "file:///etc/pass%77d",
)


@pytest.mark.parametrize("reference", MALFORMED)
def test_references_that_are_none(vault, openbao, reference):
    """Refused with how one is written."""
    done = vault.run("secret", "set", "mail-pass", "--ref", reference, check_exit=None)
    assert done.exit in (1, 2), done
    assert "hint" in explained(done) and vault.json("secret", "list") == []


@pytest.mark.parametrize("reference", [
    "env://HOME", "env://SIGNET_HOME", "file:///etc/passwd", "file:///proc/self/environ",
    "openbao://kv/other#password", "openbao://sys/mounts#kv",
])
def test_only_what_the_operator_permits(vault, postfix, openbao, reference):
    """Whoever may store a reference with a token cannot make the vault read whatever they like."""
    Elsewhere("file", vault, openbao)
    scopes = [word for one in ("secret:write", "secret:stat") for word in ("--scope", one)]
    token = vault.file("token", vault.json("token", "create", *scopes)["token"].encode())
    done = vault.run(
        "secret", "set", "mail-pass", "--ref", reference, "--token-file", token, check_exit=None
    )
    if done.exit == 0:
        connect(
            vault, "mail", postfix.port("submission"), "starttls", None, "--username", ODD.user,
            "--secret", "mail-pass",
        )
        done = vault.run("connection", "test", "mail@production", "--json", check_exit=1)
        failed = [one for one in json.loads(done.stdout)["steps"] if one["status"] == "fail"]
        assert failed[0]["step"] in ("config", "auth") and "permit" in str(failed), failed
    else:
        assert done.exit in (1, 2, 4) and "hint" in explained(done)


def test_files_that_are_not_kept_safe(vault, subject, postfix, openbao):
    """One that everybody may read, and a link, are refused when it comes to a session."""
    place = Elsewhere("file", vault, openbao)
    place.put(ODD.password)
    connect_by_reference(vault, postfix.port("submission"), ODD.user, place.reference)
    path = vault.folder.resolve() / "kept" / "mail"

    def attempt() -> int:
        return vault.run(
            "send", "--connection", "mail@production", "--to", "reader@peers.test", "--subject",
            subject, "--text", "x", check_exit=None,
        ).exit

    assert attempt() == 0
    path.chmod(0o604)
    assert attempt() != 0
    path.unlink()
    os.symlink("/etc/hostname", path)
    assert attempt() != 0
