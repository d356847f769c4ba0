"""Proves that a password changes without a send that fails, and only after it has been proven."""

from __future__ import annotations

import threading
from contextlib import nullcontext

import pytest

from accounts import Account
from connections import READER, connect, explained, send, set_secret
from processes import wait_until
from vault import Vault

OLD, NEW, WRONG = "old pass-1", "new pass=2", "wrong-pass-9c1"
SENDERS = 3
PROMISED_WAIT = 60.0


@pytest.fixture
def account(dovecot, request):
    """An account of this test alone, whose only password is OLD."""
    account = Account(f"rotating-{abs(hash(request.node.name)) % 10**9}@peers.test", OLD)
    dovecot.set_password(account.user, OLD)
    yield account
    dovecot.set_passwords(account.user, [])


@pytest.fixture
def rotating(vault, postfix, account):
    """A vault whose connection `mail` logs in with the secret `mail-pass`."""
    connect(
        vault, "mail", postfix.port("submission"), "starttls", account, "--mechanism", "PLAIN"
    )
    return vault


def rotate(vault: Vault, value: str, *options: object, check_exit: int = 0):
    return vault.json(
        "rotate", "mail-pass", "--stdin", *options, stdin=value.encode(), check_exit=check_exit
    )


def states(vault: Vault) -> dict[int, str]:
    """The state of each version."""
    versions = vault.json("secret", "versions", "mail-pass")
    return {one["version"]: one["state"] for one in versions}


def login_works(vault: Vault, subject: str) -> bool:
    return send(vault, "mail@production", subject)["status"] == "sent"


# MARK: One rotation


def test_a_wrong_password_changes_nothing(rotating, subject):
    """Exits 1, names the connection and the reason, prints no password; the old one still works."""
    report = rotate(rotating, WRONG, check_exit=1)
    assert report["status"] == "failed" and report["current_version"] == 1
    (test,) = report["tests"]
    assert (test["connection"], test["status"], test["phase"]) == (
        "mail@production", "failed", "auth"
    ), test
    done = rotating.run("rotate", "mail-pass", "--stdin", stdin=WRONG.encode(), check_exit=1)
    text = explained(done) + done.stdout.decode()
    assert "mail@production" in text and "version 1 stays current" in text
    assert WRONG not in text and OLD not in text
    assert [number for number, state in states(rotating).items() if state == "current"] == [1]
    assert login_works(rotating, subject)


def test_the_right_password_takes_over(rotating, dovecot, account, subject):
    """The new version is current once a login proved it; the provider may forget the old one."""
    dovecot.set_passwords(account.user, [OLD, NEW])
    report = rotate(rotating, NEW)
    assert (report["from_version"], report["current_version"]) == (1, 2)
    assert [one["status"] for one in report["tests"]] == ["passed"]
    assert states(rotating) == {1: "previous", 2: "current"}
    dovecot.set_password(account.user, NEW)
    sent = send(rotating, "mail@production", subject, check_exit=0)
    assert len(sent["attempts"]) == 1, "the new password was not tried first"


def test_a_plan_changes_nothing(rotating):
    """Says what would happen without a value, a login or a version."""
    plan = rotating.json("rotate", "mail-pass", "--plan")
    assert (plan["status"], plan["current_version"], plan["new_version"]) == ("planned", 1, 2)
    assert [one["status"] for one in plan["tests"]] == ["planned"]
    by_connection = rotating.json("rotate", "--connection", "mail@production", "--plan")
    assert by_connection["secret"] == "mail-pass"
    assert states(rotating) == {1: "current"}


def test_going_back(rotating, dovecot, account, subject):
    """`--rollback` makes the version before current again, once."""
    explained(rotating.run("rotate", "mail-pass", "--rollback", check_exit=5))
    dovecot.set_passwords(account.user, [OLD, NEW])
    rotate(rotating, NEW)
    dovecot.set_password(account.user, OLD)
    report = rotating.json("rotate", "mail-pass", "--rollback")
    assert (report["status"], report["current_version"]) == ("rolled_back", 1)
    assert states(rotating)[1] == "current"
    sent = send(rotating, "mail@production", subject, check_exit=0)
    assert len(sent["attempts"]) == 1


def test_the_version_before_is_a_fallback_during_the_grace_period(rotating, subject):
    """A provider that still has the old password is served by it, until the grace is over."""
    report = rotate(rotating, NEW, "--no-test", "--grace", "1h")
    assert report["grace_until"] and report["warnings"]
    sent = send(rotating, "mail@production", subject, check_exit=0)
    assert [one["class"] for one in sent["attempts"]] == ["credential", "ok"]
    rotating.json("rotate", "mail-pass", "--rollback")
    rotate(rotating, NEW, "--no-test", "--grace", "0s")
    sent = send(rotating, "mail@production", subject, check_exit=1)
    assert [one["class"] for one in sent["attempts"]] == ["credential"]


def test_all_connections_of_a_secret_must_log_in(rotating, dovecot, exim, account, subject):
    """Where one of two servers refuses the new password, both keep the old one."""
    exim.set_password(account.user, OLD)
    connect(rotating, "second", exim.port("smtp"), "starttls", account)
    connect(rotating, "copy", exim.port("smtp"), "starttls", account, environment="test")
    dovecot.set_passwords(account.user, [OLD, NEW])
    report = rotate(rotating, NEW, check_exit=1)
    assert {one["connection"]: one["status"] for one in report["tests"]} == {
        "mail@production": "passed", "second@production": "failed", "copy@test": "skipped"
    }
    assert states(rotating)[1] == "current"
    exim.set_passwords(account.user, [OLD, NEW])
    report = rotate(rotating, NEW)
    assert [one["status"] for one in report["tests"]].count("passed") == 2
    assert send(rotating, "second@production", subject, check_exit=0)["status"] == "sent"


def test_an_unreachable_server_stops_a_rotation(rotating, dovecot, account):
    """A password that nobody could try is not taken over."""
    dovecot.set_passwords(account.user, [OLD, NEW])
    rotating.json(
        "connection", "update", "mail@production", "--port", 1, "--retarget"
    )
    assert rotate(rotating, NEW, check_exit=1)["status"] == "failed"
    assert states(rotating)[1] == "current"


def test_a_secret_without_connections_rotates_with_a_warning(vault):
    """Nothing proves the value; the report says so."""
    set_secret(vault, "mail-pass", OLD)
    report = rotate(vault, NEW)
    assert report["status"] == "promoted" and report["warnings"]


# MARK: Under load


class Senders:
    """A context manager: threads that run `vault send` over and over until it is left."""

    def __init__(self, vault: Vault, subject: str):
        self._vault, self._subject = vault, subject
        #: The report of each send that did not exit with 0.
        self.failures: list[object] = []
        self.rounds = [0] * SENDERS
        self._over = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(number,)) for number in range(SENDERS)
        ]

    def __enter__(self) -> Senders:
        for thread in self._threads:
            thread.start()
        return self

    def _run(self, number: int) -> None:
        words = ["send", "--connection", "mail@production", "--to", READER]
        while not self._over.is_set():
            words[5:] = ["--subject", f"{self._subject}-{number}-{self.rounds[number]}"]
            done = self._vault.run(*words, "--text", "x", check_exit=None)
            if done.exit != 0:
                self.failures.append((done.exit, done.stdout, done.stderr))
            self.rounds[number] += 1

    def wait_for_rounds(self, more: int = 2) -> None:
        """Waits until every thread has begun and ended `more - 1` sends from now on."""
        before = list(self.rounds)
        wait_until(
            lambda: all(now >= then + more for now, then in zip(self.rounds, before)),
            PROMISED_WAIT, "sends under load",
        )

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()


@pytest.mark.parametrize("is_served", [True, False], ids=["served", "in-process"])
def test_no_send_fails_while_the_password_changes(
    rotating, postfix, dovecot, account, subject, is_served
):
    """Parallel sends go on through three rotations, a wrong one in between; none fails."""
    with rotating.serve() if is_served else nullcontext():
        with Senders(rotating, subject) as senders:
            senders.wait_for_rounds()
            current = OLD
            for number in range(3):
                following = f"new pass {number}"
                rotate(rotating, WRONG, check_exit=1)
                dovecot.set_passwords(account.user, [current, following])
                rotate(rotating, following)
                # What was under way with the password before is over after this.
                senders.wait_for_rounds()
                dovecot.set_password(account.user, following)
                senders.wait_for_rounds()
                current = following
        assert senders.failures == []
    assert list(states(rotating).values()).count("current") == 1
    assert len(rotating.json("outbox", "list", "--limit", 10000)) == sum(senders.rounds)
    for number, rounds in enumerate(senders.rounds):
        postfix.wait_for_mail(READER, f"{subject}-{number}-{rounds - 1}")
    assert rotating.json("audit", "verify")["ok"]


# MARK: Telling


def test_rotations_are_listed(vault):
    """Those in grace are told, with a table and as JSON; those that are over on demand alone."""
    assert vault.json("rotate", "--list") == []
    set_secret(vault, "mail-pass", OLD)
    done = vault.json("rotate", "mail-pass", "--stdin", "--no-test", stdin=NEW.encode())
    listed = vault.json("rotate", "--list")
    assert [one["id"] for one in listed] == [done["id"]]
    assert (listed[0]["standing"], listed[0]["secret"]) == ("grace", "mail-pass")
    assert (listed[0]["from_version"], listed[0]["new_version"]) == (1, 2)
    table = vault.run("rotate", "--list").stdout
    assert done["id"].encode() in table and b"grace" in table and NEW.encode() not in table
    vault.run("rotate", "mail-pass", "--rollback")
    assert vault.json("rotate", "--list") == []
    assert [one["standing"] for one in vault.json("rotate", "--list", "--all")] == ["over"]
    for words in (["--list", "mail-pass"], ["--list", "--plan"], ["--list", "--due"], ["--all"]):
        vault.run("rotate", *words, check_exit=2)
    reader = vault.json("token", "create", "--scope", "secret:stat")
    other = vault.json("token", "create", "--scope", "secret:rotate")
    vault.run("rotate", "--list", env={"SIGNET_TOKEN": reader["token"]})
    vault.run("rotate", "--list", env={"SIGNET_TOKEN": other["token"]}, check_exit=4)
