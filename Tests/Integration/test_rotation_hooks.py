"""Proves that hooks change passwords without a send that fails, whatever they or the vault suffer.

SIGNET_PARALLEL_SENDS says how many sends run at a time, and SIGNET_CRASH_ROUNDS how many kills there
are; a release wants 200 of each.
"""

from __future__ import annotations

import json
import os
import random
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from accounts import Account
from canaries import Canary, contents, hits
from connections import READER, connect, explained, send
from hooks import dovecot_hook, script_hook
from processes import wait_until
from test_crash import killed
from vault import Vault

OLD = "old pass-1"
PARALLEL = int(os.environ.get("SIGNET_PARALLEL_SENDS", "16"))
ROUNDS = int(os.environ.get("SIGNET_CRASH_ROUNDS", "40"))
#: A kill may fall a little behind the end of the command too.
BEYOND = 1.15
LOAD_SECONDS = 240.0


@pytest.fixture
def accounts(dovecot, request):
    """Two accounts of this test alone, whose only password is OLD."""
    number = time.monotonic_ns()
    accounts = [Account(f"hooked-{number}-{one}@peers.test", OLD) for one in "ab"]
    for account in accounts:
        dovecot.set_password(account.user, OLD)
    yield accounts
    for account in accounts:
        dovecot.set_passwords(account.user, [])


@pytest.fixture
def hooked(vault, postfix, accounts):
    """A vault whose connection `mail` logs in with the secret `mail-pass`."""
    connect(
        vault, "mail", postfix.port("submission"), "starttls", accounts[0], "--mechanism", "PLAIN"
    )
    return vault


def decide(vault: Vault, dovecot, accounts: list[Account], strategy: str, then: str = "") -> None:
    """Stores strategy and hook as the policy of the secret."""
    words: list[object] = ["--strategy", strategy]
    if strategy == "alternating":
        words += [word for one in accounts for word in ("--user", one.user)]
    hook = dovecot_hook(vault, dovecot, strategy, then)
    vault.json("secret", "policy", "mail-pass", *words, "--hook", hook)


def state_of(vault: Vault) -> dict[str, object]:
    return vault.json("secret", "show", "mail-pass")


def versions(vault: Vault) -> Counter[str]:
    return Counter(one["state"] for one in vault.json("secret", "versions", "mail-pass"))


# MARK: Under load


class Load:
    """A context manager: PARALLEL sends at a time through a server, until the end of the block."""

    def __init__(self, vault: Vault, subject: str):
        self._vault, self._subject = vault, subject
        #: What went wrong, and how many sends each thread has ended.
        self.failures: list[object] = []
        self.rounds = [0] * PARALLEL
        self.extra_logins = 0
        self._over = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(number,)) for number in range(PARALLEL)
        ]

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def _run(self, number: int) -> None:
        while not self._over.is_set():
            subject = f"{self._subject}-{number}-{self.rounds[number]}"
            try:
                report = send(self._vault, "mail@production", subject, seconds=LOAD_SECONDS)
            except Exception as error:  # noqa: BLE001, told in the assertion
                self.failures.append(error)
                return
            if report.get("status") != "sent":
                self.failures.append(report)
            elif len(report["attempts"]) > 2:
                self.failures.append(report["attempts"])
            else:
                self.extra_logins += len(report["attempts"]) - 1
            self.rounds[number] += 1

    def wait_for_rounds(self, more: int = 1) -> None:
        """Waits until every thread has begun a send after now and ended it."""
        before = list(self.rounds)
        wait_until(
            lambda: self.failures
            or all(now > then + more for now, then in zip(self.rounds, before)),
            LOAD_SECONDS, "sends under load",
        )

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()


@pytest.mark.parametrize("strategy", ["multi", "alternating", "single"])
def test_no_send_fails_while_a_hook_changes_the_password(
    hooked, postfix, dovecot, accounts, subject, strategy
):
    """Parallel sends go on through rotations of each strategy; none fails, or logs in three times."""
    decide(hooked, dovecot, accounts, strategy)
    with hooked.serve():
        with Load(hooked, subject) as load:
            load.wait_for_rounds(0)
            for _ in range(3):
                report = hooked.json("rotate", "mail-pass", "--generate", seconds=LOAD_SECONDS)
                assert (report["status"], report["strategy"]) == ("promoted", strategy)
                assert [one["status"] for one in report["tests"]] == ["passed"]
                load.wait_for_rounds(0)
        assert load.failures == []
        if strategy != "single":
            assert load.extra_logins == 0
    assert versions(hooked)["current"] == 1
    last = {
        f"Subject: {subject}-{number}-{rounds - 1}".encode()
        for number, rounds in enumerate(load.rounds)
    }
    # All at once: reading every mail for each of them takes minutes where there are many.
    wait_until(
        lambda: last <= {line for mail in postfix.mails(READER) for line in mail.splitlines()},
        LOAD_SECONDS, "the last mail of each sender",
    )
    assert hooked.json("audit", "verify")["ok"]


def test_rotating_what_is_due(hooked, dovecot, accounts, subject):
    """The status tells what is due, --plan what would happen, and --due does it."""
    decide(hooked, dovecot, accounts, "single")
    assert hooked.json("status")["secrets_to_rotate"] == []
    hooked.json(
        "secret", "policy", "mail-pass", "--expires", "10d", "--rotate-before-expiry", "14d"
    )
    status = hooked.json("status", check_exit=1)
    assert [(one["secret"], one["health"]) for one in status["secrets_to_rotate"]] == [
        ("mail-pass", "due")
    ]
    assert b"vault rotate --due" in hooked.run("status", check_exit=1).stdout
    plan = hooked.json("rotate", "--due", "--plan")
    assert [one["status"] for one in plan["rotations"]] == ["planned"]
    done = hooked.json("rotate", "--due")
    assert [one["status"] for one in done["rotations"]] == ["promoted"]
    assert hooked.json("rotate", "--due")["rotations"] == []
    assert hooked.json("status")["secrets_to_rotate"] == []
    sent = send(hooked, "mail@production", subject, check_exit=0)
    assert len(sent["attempts"]) == 1
    shown = state_of(hooked)
    assert shown["last_used"] and shown["last_tested"] and shown["rotation"]["state"] == "grace"


def test_the_server_ends_the_grace_period(hooked, dovecot, accounts, subject):
    """A running server has the old password revoked and destroys it when its time is over."""
    decide(hooked, dovecot, accounts, "multi")
    with hooked.serve():
        hooked.json("rotate", "mail-pass", "--generate", "--grace", "1s")
        wait_until(lambda: versions(hooked)["retired"] == 1, 90, "the end of the grace period")
        assert versions(hooked) == Counter(current=1, retired=1)
        slots = [
            folder / accounts[0].user for folder in sorted(dovecot.folder.glob("passwords-?"))
        ]
        held = [json.loads(slot.read_text())["password"] for slot in slots if slot.exists()]
        assert len(held) == 1 and OLD not in held[0]
        assert send(hooked, "mail@production", subject)["status"] == "sent"
    actions = [one["action"] for one in hooked.json("audit", "list")]
    assert "rotation.retire" in actions


# MARK: Hooks that misbehave


@pytest.mark.parametrize(
    ("name", "lines", "ending"),
    [
        ("hangs", "sleep 600 & sleep 600", "timed_out"),
        ("fails", "cat; cat >&2; exit 1", "exited"),
        ("dies", "kill -9 $$", "signalled"),
        ("talks", "cat >/dev/null; while :; do echo aaaaaaaaaaaaaaaaaaaaaaaaaaaa; done",
         "output_too_large"),
        ("forks", "cat >/dev/null; sleep 30 & exit 7", "exited"),
    ],
)
def test_a_hook_that_misbehaves(hooked, subject, name, lines, ending):
    """However a hook ends without its work done, the old password stays, and no value is seen."""
    hook = script_hook(hooked, name, lines)
    words = ("rotate", "mail-pass", "--generate", "--hook", f"'{hook}'", "--hook-timeout", "2s")
    report = hooked.json(*words, check_exit=1)
    assert (report["status"], report["hook"]["ending"]) == ("failed", ending)
    assert [one["status"] for one in report["tests_of_current"]] == ["passed"]
    assert OLD not in json.dumps(report)
    assert versions(hooked)["current"] == 1 and versions(hooked)["pending"] == 0
    sent = send(hooked, "mail@production", subject, check_exit=0)
    assert len(sent["attempts"]) == 1


def test_a_hook_by_relative_path_and_name(hooked, dovecot, accounts):
    """A program is found from here, and stored by its absolute path."""
    hook = script_hook(hooked, "here", "exit 0")
    hooked.json("secret", "policy", "mail-pass", "--hook", "./here 'two words'")
    assert state_of(hooked)["policy"]["hook"] == [str(hook), "two words"]
    path = {"PATH": f"{hook.parent}:{os.environ['PATH']}"}
    hooked.json("secret", "policy", "mail-pass", "--hook", "here", env=path)
    assert state_of(hooked)["policy"]["hook"] == [str(hook)]
    explained(
        hooked.run("secret", "policy", "mail-pass", "--hook", "./not-there", check_exit=2))


def test_no_value_is_seen_around_a_hook(hooked, dovecot, accounts):
    """Neither arguments, environment, output, log nor the vault's files hold a value."""
    canary = Canary("hook")
    seen = hooked.folder / "seen"
    spill = (
        "\nprint(told['old'], told['new'])\nprint(told['old'], told['new'], file=sys.stderr)\n"
        f"with open({str(seen)!r}, 'ab') as file:\n"
        "    for who in ('self', os.getppid()):\n"
        "        for what in ('cmdline', 'environ'):\n"
        "            file.write(open(f'/proc/{who}/{what}', 'rb').read())\n"
    )
    hook = dovecot_hook(hooked, dovecot, "single", spill)
    outputs = []
    with hooked.serve() as server:
        for number in range(3):
            done = hooked.run(
                "rotate", "mail-pass", "--stdin", "--strategy", "single", "--hook", hook, "--json",
                stdin=canary.value(number).encode(),
            )
            outputs += [done.stdout, done.stderr]
        outputs.append(server.log().encode())
    outputs.append(hooked.run("audit", "list", "--json").stdout)
    needles = [canary.marker.encode(), OLD.encode()]
    assert seen.stat().st_size > 0
    assert hits(seen.read_bytes(), needles) == []
    for text in outputs:
        assert hits(text, needles) == []
    for name, content in contents(Path(hooked.home)).items():
        assert hits(content, needles) == [], name


# MARK: Crashes


@pytest.mark.parametrize("strategy", ["single", "multi", "alternating"])
def test_killing_a_rotation_with_a_hook(hooked, dovecot, accounts, subject, strategy):
    """Killed at any moment: --resume goes on, one version is current, and the account logs in."""
    # A hook is not at its work at once, nor the moment it was begun.
    decide(hooked, dovecot, accounts, strategy, "\nimport time; time.sleep(0.02)\n")
    words = ("rotate", "mail-pass", "--generate")
    started = time.monotonic()
    hooked.run(*words)
    seconds = time.monotonic() - started
    generator = random.Random(f"{strategy}")
    outcomes: Counter[str] = Counter()
    for number in range(max(6, ROUNDS // 3)):
        status = killed(hooked.start(*words), generator.uniform(0, seconds * BEYOND))
        outcomes[f"exit {status}"] += 1
        rotation = state_of(hooked)["rotation"]
        outcomes[rotation["state"]] += 1
        if rotation["state"] in ("created", "set_attempted", "set", "tested", "undecided"):
            # What is left of a killed hook ends by itself.
            wait_until(lambda: not hooks_running(hooked), 30, "the hook that was left")
            how = ("--resume", rotation["id"]) if number % 3 else ("--abort", rotation["id"])
            report = hooked.json("rotate", *how, check_exit=None)
            assert report["status"] in ("promoted", "failed", "aborted"), report
        assert versions(hooked)["current"] == 1
        assert versions(hooked)["pending"] == 0
        sent = send(hooked, "mail@production", f"{subject}-{number}", check_exit=0)
        assert len(sent["attempts"]) == 1, sent
    findings = hooked.json("doctor")
    assert [one for one in findings if not one["ok"]] == []
    assert hooked.json("audit", "verify")["ok"]
    assert outcomes["exit -9"] >= 2, outcomes


def hooks_running(vault: Vault) -> bool:
    """Whether a program of the vault's folder runs."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if str(vault.folder).encode() + b"/hook-" in (entry / "cmdline").read_bytes():
                    return True
            except OSError:
                continue
    return False
