"""Proves that kill -9 at any moment loses nothing that was acknowledged and breaks nothing.

SIGNET_CRASH_ROUNDS says how many kills each test makes; a release wants 200.
"""

from __future__ import annotations

import email
import os
import random
import subprocess
import threading
import time
from collections import Counter

import pytest

from accounts import Account
from connections import connect
from processes import wait_until
from vault import Vault

ROUNDS = int(os.environ.get("SIGNET_CRASH_ROUNDS", "40"))
#: A kill may fall a little behind the end of the command too.
BEYOND = 1.15
PASSWORDS = ["first pass", "second pass"]
LOAD_THREADS = 4


@pytest.fixture
def account(dovecot, request):
    """An account for which both PASSWORDS are good."""
    account = Account(f"crashing-{os.getpid()}-{time.monotonic_ns()}@peers.test", PASSWORDS[0])
    dovecot.set_passwords(account.user, PASSWORDS)
    yield account
    dovecot.set_passwords(account.user, [])


@pytest.fixture
def reader(request):
    """A mailbox that no other test writes to."""
    return f"crash-{time.monotonic_ns()}@peers.test"


@pytest.fixture
def crashing(vault, postfix, account):
    """A vault with a connection to Postfix, and one to the sandbox."""
    for environment in ("production", "test"):
        connect(
            vault, "mail", postfix.port("submission"), "starttls", account, "--mechanism", "PLAIN",
            environment=environment,
        )
    return vault


def send_words(subject: str, reader: str, environment: str = "production") -> list[str]:
    return [
        "send", "--connection", f"mail@{environment}", "--to", reader, "--subject", subject,
        "--text", "x", "--json",
    ]


def killed(process: subprocess.Popen, seconds: float, stdin: bytes = b"") -> int:
    """Lets a command run for so long, kills it, and returns how it ended."""
    if process.stdin:
        process.stdin.write(stdin)
        process.stdin.close()
    try:
        process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
    status = process.wait()
    process.stdout.close()
    process.stderr.close()
    return status


def assert_sound(vault: Vault) -> None:
    """The vault opens, nothing is left half done, and doctor and audit have no complaint."""
    findings = vault.json("doctor")
    assert [one for one in findings if not one["ok"]] == []
    verdict = vault.json("audit", "verify")
    assert verdict["ok"] and verdict["first_bad"] is None
    versions = vault.json("secret", "versions", "mail-pass")
    assert [one["state"] for one in versions].count("current") == 1
    states = {one["status"] for one in vault.json("outbox", "list", "--limit", "10000")}
    assert states <= {"sent", "failed", "ambiguous"}


def message_ids(mails: list[bytes]) -> Counter[str]:
    """How often each Message-ID is among the mails."""
    return Counter(email.message_from_bytes(mail)["Message-ID"].strip() for mail in mails)


def subjects(mails: list[bytes]) -> Counter[str]:
    return Counter(email.message_from_bytes(mail)["Subject"] for mail in mails)


def assert_told_truly(vault: Vault, postfix, reader: str, acknowledged: set[str]) -> None:
    """Mailbox and outbox agree: what was acknowledged is there once, what failed is not."""
    wait_until(
        lambda: acknowledged <= set(subjects(postfix.mails(reader))), 30, "acknowledged mail"
    )
    arrived = message_ids(postfix.mails(reader))
    assert all(count == 1 for count in arrived.values()), "a mail came twice"
    for message in vault.json("outbox", "list", "--limit", "10000"):
        if message["status"] == "sent":
            assert message["message_id"] in arrived, message
        if message["status"] == "failed":
            assert message["message_id"] not in arrived, message
    known = {one["message_id"] for one in vault.json("outbox", "list", "--limit", "10000")}
    assert set(arrived) <= known, "a mail went out that the vault knows nothing of"


def seconds_of(vault: Vault, *words: object, stdin: bytes = b"") -> float:
    started = time.monotonic()
    vault.run(*words, stdin=stdin)
    return time.monotonic() - started


def test_killing_rotate(crashing, postfix, reader):
    """After each kill exactly one version is current and the account can still log in."""
    rotate = ("rotate", "mail-pass", "--stdin")
    seconds = seconds_of(crashing, *rotate, stdin=PASSWORDS[1].encode())
    generator = random.Random(1)
    outcomes: Counter[int] = Counter()
    for number in range(ROUNDS):
        process = crashing.start(*rotate, stdin=subprocess.PIPE)
        moment = generator.uniform(0, seconds * BEYOND)
        outcomes[killed(process, moment, PASSWORDS[number % 2].encode())] += 1
        assert_sound(crashing)
        if number % 5 == 0:
            crashing.run(*send_words(f"after-{number}", reader))
    crashing.run(*rotate, stdin=PASSWORDS[0].encode())
    crashing.run(*send_words("at-last", reader))
    assert_told_truly(crashing, postfix, reader, {"at-last"})
    assert outcomes[-9] >= ROUNDS // 3, f"too few kills came in time: {outcomes}"


def test_killing_send(crashing, postfix, reader):
    """Acknowledged mail is delivered once; a killed send is `failed` only if it did not go out."""
    seconds = seconds_of(crashing, *send_words("warm", reader))
    generator = random.Random(2)
    acknowledged = {"warm"}
    kills = 0
    for number in range(ROUNDS):
        process = crashing.start(*send_words(f"mail-{number}", reader))
        status = killed(process, generator.uniform(0, seconds * BEYOND))
        assert status in (0, -9), status
        if status == 0:
            acknowledged.add(f"mail-{number}")
        kills += status == -9
        assert_sound(crashing)
    assert_told_truly(crashing, postfix, reader, acknowledged)
    assert kills >= ROUNDS // 3, "too few kills came in time"


def test_killing_send_to_the_sandbox(crashing, reader):
    """The sandbox inside the same process loses nothing that it took, and its store stays sound."""
    seconds = seconds_of(crashing, *send_words("warm", reader, "test"))
    generator = random.Random(3)
    acknowledged = {"warm"}
    for number in range(ROUNDS):
        process = crashing.start(*send_words(f"mail-{number}", reader, "test"))
        if killed(process, generator.uniform(0, seconds * BEYOND)) == 0:
            acknowledged.add(f"mail-{number}")
    assert_sound(crashing)
    listed = crashing.json("sandbox", "list", "--limit", "10000")
    counts = Counter(one["subject"] for one in listed)
    assert acknowledged <= set(counts) and set(counts.values()) == {1}


def test_killing_the_server_under_load(crashing, postfix, reader):
    """Sends and rotations through a server that dies again and again: what it said holds."""
    generator = random.Random(4)
    acknowledged: set[str] = set()
    for number in range(max(2, ROUNDS // 8)):
        over = threading.Event()

        def load(thread: int, number: int = number, over: threading.Event = over) -> None:
            count = 0
            while not over.is_set():
                subject = f"load-{number}-{thread}-{count}"
                done = crashing.run(*send_words(subject, reader), check_exit=None)
                if done.exit == 0:
                    acknowledged.add(subject)
                count += 1

        def rotations(number: int = number, over: threading.Event = over) -> None:
            while not over.is_set():
                value = PASSWORDS[number % 2].encode()
                crashing.run("rotate", "mail-pass", "--stdin", stdin=value, check_exit=None)

        with crashing.serve() as server:
            threads = [threading.Thread(target=load, args=(one,)) for one in range(LOAD_THREADS)]
            threads.append(threading.Thread(target=rotations))
            for thread in threads:
                thread.start()
            time.sleep(generator.uniform(0.2, 1.5))
            server.kill()
            over.set()
            for thread in threads:
                thread.join()
        assert_sound(crashing)
    assert acknowledged, "no send ended before its server did"
    assert_told_truly(crashing, postfix, reader, acknowledged)


def test_killing_init():
    """A vault is there whole or can be made again."""
    generator = random.Random(5)
    for _ in range(max(5, ROUNDS // 4)):
        with Vault() as vault:
            process = vault.start("init", "--recovery", "none")
            killed(process, generator.uniform(0, 0.04))
            done = vault.run("init", "--recovery", "none", check_exit=None)
            assert done.exit in (0, 5), done
            assert vault.run("doctor", check_exit=None).exit == 0, done.stderr
