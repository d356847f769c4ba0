"""Unsealing and sealing with real processes: each protector, a lost key file, a server that is
sealed under load or killed while sealed, and memory that cannot be locked.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import subprocess
import threading
import time

import pytest

from connections import READER, connect
from processes import wait_until
from scripted import ScriptedServer, Session
from vault import Vault

SEALED, WRONG, CONFLICT, NO_SERVER = 6, 2, 5, 7
PASSPHRASE = b"correct horse battery staple\n"
KEY = bytes(range(32))
#: Less than the half MiB in which secrets lie.
SMALL_MEMLOCK = 64 * 1024
NOBODY = 65534


class Made:
    """A vault with every protector, and what was shown when it was made."""

    def __init__(self, vault: Vault):
        self.vault = vault
        self.passphrase = vault.file("passphrase", PASSPHRASE)
        made = vault.json(
            "init", "--recovery", "shares:2/3", "--passphrase-file", self.passphrase
        )
        self.key_file = made["key_file"]
        self.shares: list[str] = made["recovery_shares"]
        assert made["slots"] == 3

    def add(self, *words: object, **options):
        return self.vault.json("protector", "add", *words, **options)

    def paper(self, *indices: int) -> bytes:
        return "".join(self.shares[index] + "\n" for index in indices).encode()

    def lose_key_file(self) -> None:
        os.unlink(self.key_file)
        assert self.vault.json("status", check_exit=SEALED)["code"] == "key-missing"


@pytest.fixture
def made():
    with Vault() as vault:
        yield Made(vault)


def state(vault: Vault) -> str:
    return vault.json("status")["state"]


def actions(vault: Vault, *wanted: str) -> list[dict]:
    return [entry for entry in vault.json("audit", "list") if entry["action"] in wanted]


# A lost key file

def credentials(made: Made) -> dict[str, str]:
    folder = made.vault.folder / "credentials"
    folder.mkdir(mode=0o700)
    (folder / "root").write_bytes(KEY)
    (folder / "root").chmod(0o400)
    return {"CREDENTIALS_DIRECTORY": str(folder)}


def test_a_lost_key_file_is_replaced_by_shares(made):
    made.lose_key_file()
    few = made.vault.json(
        "protector", "add", "key-file", "--stdin", stdin=made.paper(0), check_exit=SEALED
    )
    assert few["code"] == "shares-missing"
    assert made.add("key-file", "--stdin", stdin=made.paper(2, 0))["key_file"]
    assert state(made.vault) == "unsealed"


def test_a_lost_key_file_is_replaced_by_a_recovery_code(made):
    code = made.add("code")["recovery_code"]
    made.lose_key_file()
    typed = code.lower().replace("-", " ").encode()
    assert made.add("key-file", "--stdin", stdin=typed)["key_file"]
    assert state(made.vault) == "unsealed"


def test_a_lost_key_file_is_replaced_by_the_passphrase(made):
    made.lose_key_file()
    env = {"SIGNET_PASSPHRASE_FILE": str(made.passphrase)}
    assert made.add("key-file", env=env)["key_file"]
    assert state(made.vault) == "unsealed"


def test_a_vault_without_its_key_file_opens_by_a_systemd_credential(made):
    env = credentials(made)
    made.add("credential", "--name", "root", env=env)
    os.unlink(made.key_file)
    assert made.vault.json("status", env=env)["state"] == "unsealed"
    assert made.vault.run("status", check_exit=None).exit == SEALED
    credential = made.vault.folder / "credentials" / "root"
    credential.chmod(0o644)
    assert made.vault.run("status", env=env, check_exit=None).exit == SEALED


def test_a_vault_without_its_key_file_opens_by_a_command(made):
    program = made.vault.file("key-program", b"#!/bin/sh\nprintf " + KEY.hex().encode() + b"\n")
    program.chmod(0o700)
    added = json.loads(made.vault.run("--json", "protector", "add", "exec", "--", program).stdout)
    os.unlink(made.key_file)
    assert state(made.vault) == "unsealed"
    # The command stands beside the keys; what the database says cannot make another run.
    command = made.vault.home / "keys" / f"exec-{added['id']}.command"
    assert command.read_text() == f"{program}\n"
    trace = made.vault.folder / "trace"
    command.write_text(f"/usr/bin/touch\n{trace}\n")
    assert made.vault.run("status", check_exit=None).exit == SEALED
    assert not trace.exists()


def test_the_secrets_of_protectors_are_in_no_file(made):
    code = made.add("code")["recovery_code"]
    program = made.vault.file("key-program", b"#!/bin/sh\nprintf " + KEY.hex().encode() + b"\n")
    program.chmod(0o700)
    made.vault.run("protector", "add", "exec", "--", program)
    made.add("credential", "--name", "x", "--credential-file", made.vault.file("key", KEY[::-1]))
    content = b"".join(
        path.read_bytes() for path in made.vault.home.rglob("*") if path.is_file()
    )
    for secret in [code.encode(), PASSPHRASE.strip(), KEY, KEY[::-1], KEY.hex().encode(),
                   *(share.encode() for share in made.shares)]:
        assert secret not in content and secret.replace(b"-", b"") not in content


# Sealed and unsealed

def test_a_server_that_starts_sealed_is_unsealed_by_shares_one_by_one(made):
    with made.vault.serve("--sealed") as server:
        assert server.ready["state"] == "sealed"
        status = made.vault.json("status")
        assert status["state"] == "sealed"
        assert {one["kind"]: one["count"] for one in status["slots"]} == {
            "key-file": 1, "shares": 1, "passphrase": 1}
        assert made.vault.json("secret", "list", check_exit=SEALED)["code"] == "sealed"
        first = made.vault.json("unseal", "--stdin", stdin=made.paper(1))
        assert (first["state"], first["shares"][0]["given"]) == ("sealed", 1)
        again = made.vault.json("unseal", "--stdin", stdin=made.paper(1), check_exit=CONFLICT)
        assert again["code"] == "share-repeated"
        typo = made.paper(0).replace(made.paper(0)[:1], b"U", 1)
        assert made.vault.json(
            "unseal", "--stdin", stdin=typo, check_exit=WRONG)["code"] == "share-mistyped"
        assert made.vault.json("status")["shares"][0]["given"] == 1
        second = made.vault.json("unseal", "--stdin", stdin=made.paper(0))
        assert (second["state"], second["kind"]) == ("unsealed", "shares")
        assert made.vault.json("unseal", check_exit=CONFLICT)["code"] == "not-sealed"
        assert made.vault.json("audit", "verify")["ok"]
        entry, refused = actions(made.vault, "vault.unseal")
        assert refused["outcome"] == "failed"
        assert entry["detail"]["failed_attempts"] == "2"
        assert entry["detail"]["refused_requests"] == "1"


def test_shares_of_another_vault_are_told_apart(made):
    with Vault() as other:
        strangers = other.json("init", "--recovery", "shares:2/3")["recovery_shares"]
        with made.vault.serve("--sealed"):
            stdin = "\n".join(strangers).encode()
            found = made.vault.json("unseal", "--stdin", stdin=stdin, check_exit=SEALED)
            assert found["code"] == "share-of-another-set"
            assert state(made.vault) == "sealed"


def test_a_wrong_passphrase_leaves_the_vault_sealed_and_the_right_one_opens_it(made):
    wrong = made.vault.file("wrong", b"correct horse battery stapler\n")
    with made.vault.serve("--sealed"):
        for _ in range(2):
            found = made.vault.json("unseal", "--passphrase-file", wrong, check_exit=SEALED)
            assert found["code"] == "wrong-passphrase"
        made.vault.json("unseal", "--passphrase-file", made.passphrase)
        [entry] = actions(made.vault, "vault.unseal")
        assert entry["detail"]["failed_attempts"] == "2"
        assert entry["detail"]["kind"] == "passphrase"


def test_a_key_file_elsewhere_unseals_a_server(made):
    elsewhere = made.vault.folder / "elsewhere.key"
    shutil.move(made.key_file, elsewhere)
    with made.vault.serve("--sealed"):
        assert made.vault.run("unseal", check_exit=None).exit == SEALED
        made.vault.json("unseal", "--key-file", elsewhere)
        assert state(made.vault) == "unsealed"


def test_without_a_server_nothing_is_sealed_or_unsealed(made):
    for word in ("seal", "unseal"):
        assert made.vault.json(word, check_exit=NO_SERVER)["code"] == "no-server"


def test_another_command_does_not_open_the_vault_behind_a_sealed_server(made):
    with made.vault.serve("--sealed"):
        assert made.vault.run("secret", "list", check_exit=None).exit == SEALED
    assert made.vault.run("secret", "list").exit == 0


def holding(begun: threading.Event, may_end: threading.Event):
    """A server that takes mail, and answers the final dot when it is let."""
    def behave(session: Session) -> None:
        session.say(b"220 hold ESMTP\r\n")
        for answer in (b"250 hold\r\n", b"250 2.1.0 ok\r\n", b"250 2.1.5 ok\r\n", b"354 go\r\n"):
            session.hear()
            session.say(answer)
        session.hear(b"\r\n.\r\n")
        begun.set()
        may_end.wait(20)
        session.say(b"250 2.0.0 taken\r\n")
        session.hear()
        session.say(b"221 2.0.0 bye\r\n")

    return behave


def test_a_send_under_way_finishes_with_what_it_has(made):
    begun, may_end = threading.Event(), threading.Event()
    with ScriptedServer(holding(begun, may_end)) as server, made.vault.serve():
        connect(made.vault, "mail", server.port, "none", environment="development")
        send = made.vault.start(
            "send", "--connection", "mail@development", "--to", READER, "--subject", "s",
            "--text", "t", "--json",
        )
        assert begun.wait(20)
        seal = made.vault.start("seal", "--json")
        wait_until(
            lambda: made.vault.run("secret", "list", check_exit=None).exit == SEALED, 20,
            "the vault to refuse new requests",
        )
        assert seal.poll() is None and send.poll() is None
        may_end.set()
        output, errors = send.communicate(timeout=30)
        assert send.returncode == 0, errors
        assert json.loads(output)["status"] == "sent"
        output, errors = seal.communicate(timeout=30)
        assert json.loads(output)["state"] == "sealed", errors
        made.vault.json("unseal")
        [message] = made.vault.json("outbox", "list")
        assert message["status"] == "sent"
        assert made.vault.json("audit", "verify")["ok"]


def test_sealing_under_load_loses_nothing_that_was_acknowledged(made):
    with made.vault.serve():
        connect(made.vault, "mail", 25, "none", environment="test")
        results: list[tuple[str, int]] = []
        is_over = threading.Event()

        def send(thread: int) -> None:
            number = 0
            while not is_over.is_set():
                subject = f"load-{thread}-{number}"
                done = made.vault.run(
                    "send", "--connection", "mail@test", "--to", READER, "--subject", subject,
                    "--text", "x", check_exit=None,
                )
                results.append((subject, done.exit))
                number += 1

        threads = [threading.Thread(target=send, args=(number,)) for number in range(3)]
        for thread in threads:
            thread.start()
        try:
            for _ in range(3):
                sent = len(results)
                wait_until(lambda: len(results) > sent + 3, 30, "sends")
                made.vault.json("seal")
                assert state(made.vault) == "sealed"
                made.vault.json("unseal")
        finally:
            is_over.set()
            for thread in threads:
                thread.join()
        assert {code for _, code in results} <= {0, SEALED}
        captured = {mail["subject"] for mail in made.vault.json("sandbox", "list", "--limit", "1000")}
        assert {subject for subject, code in results if code == 0} <= captured
        assert made.vault.json("audit", "verify", "--deep")["ok"]
        assert len(actions(made.vault, "vault.seal")) == 3


def test_a_server_killed_while_sealed_or_unsealing_starts_again(made):
    for moment in (None, 0.0, 0.3, 0.9):
        with made.vault.serve("--sealed", check_exit=None) as server:
            if moment is not None:
                unseal = made.vault.start("unseal", "--passphrase-file", made.passphrase)
                time.sleep(moment)
            server.kill(signal.SIGKILL)
            if moment is not None:
                unseal.communicate(timeout=30)
    with made.vault.serve("--sealed"):
        assert state(made.vault) == "sealed"
        made.vault.json("unseal", "--stdin", stdin=made.paper(0, 1, 2))
        assert made.vault.json("audit", "verify", "--deep")["ok"]


def test_a_stranger_reads_no_key_in_a_sealed_server(made):
    """Nothing in the memory of a sealed server opens the vault: its slab holds no key file."""
    if os.geteuid() != 0:
        pytest.skip("reading another process's memory takes root")
    key = open(made.key_file, "rb").read()[40:72]
    with made.vault.serve() as server:
        made.vault.json("seal")
        assert key not in memory(server.pid)
        made.vault.json("unseal")
        made.vault.json("secret", "list")
        made.vault.json("seal")
        assert key not in memory(server.pid)


def memory(pid: int) -> bytes:
    """All of a process's memory that can be read."""
    parts = []
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as content:
        for line in maps:
            span, modes = line.split()[:2]
            begin, end = (int(part, 16) for part in span.split("-"))
            if not modes.startswith("rw") or "[v" in line:
                continue
            try:
                content.seek(begin)
                parts.append(content.read(end - begin))
            except (OSError, OverflowError, ValueError):
                continue
    return b"".join(parts)


# Slots

def test_slots_are_removed_down_to_one_that_stays(made):
    slots = {one["kind"]: one["id"] for one in made.vault.json("protector", "list")}
    rest = made.vault.json("protector", "remove", slots["passphrase"])
    assert [one["kind"] for one in rest] == ["key-file", "shares"]
    env = {"SIGNET_PASSPHRASE_FILE": str(made.passphrase)}
    refused = made.vault.json("protector", "remove", slots["shares"], check_exit=CONFLICT)
    assert refused["code"] == "one-protector-left"
    made.vault.json("protector", "remove", slots["shares"], "--force")
    last = made.vault.json(
        "protector", "remove", slots["key-file"], "--force", check_exit=CONFLICT
    )
    assert last["code"] == "last-protector"
    os.rename(made.key_file, made.key_file + ".away")
    assert made.vault.run("status", env=env, check_exit=None).exit == SEALED
    os.rename(made.key_file + ".away", made.key_file)
    assert len(actions(made.vault, "protector.remove")) == 4


def test_protectors_are_proven_without_changing_them(made):
    before = made.vault.json("protector", "list")
    slots = {one["kind"]: one["id"] for one in before}
    assert made.vault.run("protector", "test").exit == 0
    for words, stdin in [
        (["--passphrase-file", made.passphrase], b""), (["--stdin"], made.paper(1, 2)),
        ([slots["shares"], "--stdin"], made.paper(1, 2)),
    ]:
        tested = made.vault.json("protector", "test", *words, stdin=stdin)
        assert [one.get("opens") for one in tested].count(True) == 1
    for words, stdin in [
        ([slots["key-file"], "--stdin"], made.paper(1, 2)), (["--stdin"], made.paper(1)),
        ([slots["shares"]], b""),
    ]:
        assert made.vault.run("protector", "test", *words, stdin=stdin, check_exit=None).exit == 6
    assert made.vault.json("protector", "list") == before


def test_doctor_tells_the_protection_in_a_sentence(made):
    findings = {one["check"]: one["detail"] for one in made.vault.json("doctor")}
    assert findings["protection"].startswith("A key file on this machine opens the vault")
    assert findings["slots"] == "1 key-file, 1 shares, 1 passphrase"


# Memory

@pytest.fixture
def unprivileged(made):
    """The vault as a user whom no capability lets lock more than the limit."""
    if os.geteuid() == 0:
        made.vault.folder.chmod(0o700)
        for path in [made.vault.folder, *made.vault.folder.rglob("*")]:
            os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
        if not os.access(made.vault.binary, os.X_OK):
            pytest.skip("the binary cannot be run by another user")
    return made.vault


def limited(vault: Vault, words: list[str], **more: str) -> subprocess.CompletedProcess:
    """Runs a command with little lockable memory and any core size, without capabilities."""
    binary = vault.folder / "vault-copy"
    if not binary.exists():
        shutil.copy(vault.binary, binary)
        binary.chmod(0o755)

    def drop() -> None:
        resource.setrlimit(resource.RLIMIT_MEMLOCK, (SMALL_MEMLOCK, SMALL_MEMLOCK))
        if os.geteuid() == 0:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)

    return subprocess.run(
        [binary, *words], capture_output=True, cwd=vault.folder, preexec_fn=drop, timeout=60,
        env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "HOME": str(vault.folder),
             "SIGNET_HOME": str(vault.home), **more},
    )


#: One of every group of commands that touches secrets.
TOUCHING = [
    ["init"], ["serve"], ["serve", "--sealed"], ["sandbox", "serve"], ["status"], ["doctor"],
    ["seal"], ["unseal"], ["protector", "list"], ["protector", "test"],
    ["protector", "add", "code"], ["secret", "set", "x", "--generate"], ["secret", "list"],
    ["rotate", "x", "--generate"], ["connection", "list"], ["token", "list"], ["token", "check"],
    ["send", "--connection", "x", "--to", "a@b.example", "--subject", "s", "--text", "t"],
    ["outbox", "list"], ["audit", "list"], ["audit", "verify"], ["sandbox", "list"],
]


def test_with_little_lockable_memory_every_command_refuses_unless_told_otherwise(unprivileged):
    for words in TOUCHING:
        done = limited(unprivileged, words)
        assert done.returncode == 1, (words, done.stderr)
        assert b"did not lock" in done.stderr and b"LimitMEMLOCK" in done.stderr, words
    told = limited(unprivileged, ["status", "--json"], SIGNET_ALLOW_SWAP="1")
    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout)["memory_locked"] is False
    assert limited(unprivileged, ["version"]).returncode == 0


def test_a_server_that_aborts_leaves_no_core(made):
    def abort(command: list[object]) -> tuple[int, bool]:
        """How a process ended that SIGABRT was sent to, and whether it left a core."""
        def unlimited() -> None:
            hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
            resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))

        process = subprocess.Popen(
            list(map(str, command)), cwd=made.vault.folder, preexec_fn=unlimited,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={"PATH": os.environ["PATH"], "HOME": str(made.vault.folder),
                 "SIGNET_HOME": str(made.vault.home)},
        )
        if command[0] == made.vault.binary:
            wait_until((made.vault.folder / "ready").exists, 20, "the server")
        os.kill(process.pid, signal.SIGABRT)
        ended, status = wait_until(
            lambda: next(filter(lambda one: one[0], [os.waitpid(process.pid, os.WNOHANG)]), None),
            20, "the server to end by its first SIGABRT",
        )
        assert ended == process.pid
        process.returncode = -os.WTERMSIG(status)
        return os.WTERMSIG(status), os.WCOREDUMP(status)

    listeners = [word for name in ("sandbox-smtp", "sandbox-smtps", "pop3", "pop3s")
                 for word in (f"--{name}", "127.0.0.1:0")]
    ended = abort([
        made.vault.binary, "serve", "--ready-file", made.vault.folder / "ready", *listeners,
    ])
    assert ended == (signal.SIGABRT, False)
    assert not list(made.vault.folder.glob("core*"))
