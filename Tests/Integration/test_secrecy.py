"""Proves that nothing of what is entrusted to the vault is seen outside it.

Fifty secrets, user names, hosts, subjects and bodies, and as many tokens, go through a whole run.
Afterwards none of them is in the data folder, the logs, the output or the process list, in plain,
base64 or hex. What the caller asks to be shown is shown: hosts and user names by the commands
about connections, the host of a new connection by `audit list`, mail by the commands about the
sandbox, a token once by `token create`; and a host that the caller writes on a command line is on
that command line. The sandbox keeps the mail it captured, and nothing else.
"""

from __future__ import annotations

import base64
import json
import os
import time
from pathlib import Path

import pytest

from accounts import Account
from canaries import Canary, ProcessWatch, contents, encodings, hits
from connections import READER, SENDER, connect
from processes import wait_until
from vault import Completed, Vault

COUNT = int(os.environ.get("SIGNET_CANARIES", "50"))
#: How many of them log in to a real server.
REAL = 5
SHOWING = {("connection", "create"), ("connection", "show"), ("connection", "list"),
           ("connection", "update"), ("audit", "list")}


class Run:
    """A vault whose every command's output is kept, but for what it was asked to show."""

    def __init__(self, vault: Vault):
        self.vault = vault
        #: Output of every command, and of those that show neither connections nor captured mail.
        self.outputs: list[bytes] = []
        self.discreet: list[bytes] = []
        self.tokens: list[str] = []

    def run(self, *words: object, stdin: bytes = b"", check_exit: int | None = 0) -> Completed:
        done = self.vault.run(*words, stdin=stdin, check_exit=check_exit)
        output = done.stdout + done.stderr
        self.outputs.append(output)
        if tuple(words[:2]) not in SHOWING and words[0] != "sandbox":
            self.discreet.append(" ".join(map(str, words[:2])).encode() + b": " + output)
        return done

    def create_token(self, *scopes: str) -> Path:
        """Makes a token, whose one-time output is not kept, and returns a file with it."""
        token = self.vault.json("token", "create", "--scope", *scopes)["token"]
        self.tokens.append(token)
        return self.vault.file(f"token-{len(self.tokens)}", token.encode())


def test_the_search_finds_every_encoding():
    """The search itself: whatever stands around a canary, each encoding is found."""
    canary = Canary("self").value(7).encode()
    for padding in range(3):
        for form in (canary, canary.hex().encode(), canary.hex().upper().encode()):
            assert hits(b"?" * padding + form + b"?", [canary])
        assert hits(base64.b64encode(b"\0" * padding + canary + b"tail"), [canary])
        assert hits(base64.urlsafe_b64encode(b"\0" * padding + canary + b"tail"), [canary])
    assert hits(canary[:-1], [canary]) == [] and len(encodings(canary)) == 10


@pytest.fixture(scope="module")
def kinds():
    return {kind: Canary(kind) for kind in ("secret", "user", "host", "subject", "body", "name")}


def fill(run: Run, kinds: dict[str, Canary], number: int) -> None:
    """One secret, one connection to nowhere that sends to the sandbox, one token, two mails."""
    secret, user, host, subject, body, name = (
        kinds[kind].value(number) for kind in ("secret", "user", "host", "subject", "body", "name")
    )
    run.run("secret", "set", name, "--stdin", stdin=secret.encode())
    run.run(
        "connection", "create", name, "--env", "test", "--host", f"{host}.test", "--from", SENDER,
        "--username", user, "--secret", name,
    )
    token = run.create_token(f"send:{name}@test", "connection:read")
    run.run(
        "send", "--connection", f"{name}@test", "--to", READER, "--raw", "-", "--token-file", token,
        *(["--json"] if number % 2 else []),
        stdin=f"From: {SENDER}\nTo: {READER}\nSubject: {subject}\n\n{body}\n".encode(),
    )
    run.run("connection", "show", f"{name}@test", "--token-file", token)
    run.run("secret", "show", name, "--token-file", token, check_exit=4)
    run.run("rotate", name, "--stdin", stdin=f"{secret}-rotated".encode())


def fill_real(run: Run, kinds: dict[str, Canary], number: int, postfix, dovecot) -> None:
    """An account of a real server: delivery, a refused login, and a rotation that fails."""
    user, secret = kinds["user"].value(1000 + number), kinds["secret"].value(1000 + number)
    name = f"real-{number}"
    dovecot.set_password(user, secret)
    encryption, port = [("starttls", "submission"), ("implicit_tls", "smtps")][number % 2]
    connect(
        run.vault, name, postfix.port(port), encryption, Account(user, secret), secret=name
    )
    mail = (
        f"From: {SENDER}\nTo: {READER}\nSubject: {kinds['subject'].value(1000 + number)}\n\n"
        f"{kinds['body'].value(1000 + number)}\n"
    ).encode()
    words = ("send", "--connection", f"{name}@production", "--to", READER, "--raw", "-")
    run.run(*words, stdin=mail)
    run.run(
        "rotate", name, "--stdin", stdin=f"{secret}-wrong".encode(), check_exit=1
    )
    dovecot.set_password(user, f"{secret}-new")
    run.run(*words, "--json", stdin=mail, check_exit=1)
    run.run("rotate", name, "--stdin", "--json", stdin=f"{secret}-new".encode())
    run.run(*words, stdin=mail)
    dovecot.set_passwords(user, [])


def look_around(run: Run) -> None:
    """Everything that lists and explains."""
    for words in (
        ["secret", "list"], ["connection", "list"], ["token", "list"], ["outbox", "list"],
        ["audit", "list"], ["audit", "verify"], ["doctor"], ["status"], ["config", "show"],
        ["protector", "list"], ["sandbox", "list"], ["sandbox", "show"],
    ):
        run.run(*words)
        run.run(*words, "--json")


def test_a_whole_run_shows_nothing(vault, postfix, dovecot, kinds):
    """The acceptance: 0 hits while the server runs, after it has ended, and without a server."""
    run = Run(vault)
    needles = {kind: canary.marker.encode() for kind, canary in kinds.items()}
    with ProcessWatch(vault.binary) as watch:
        with vault.serve() as server:
            for number in range(COUNT):
                fill(run, kinds, number)
            for number in range(REAL):
                fill_real(run, kinds, number, postfix, dovecot)
            look_around(run)
            assert_nothing_in_files(vault, run, needles)
            log = server.log().encode()
        for number in range(COUNT, COUNT + 5):
            fill(run, kinds, number)
        fill_real(run, kinds, REAL, postfix, dovecot)
        look_around(run)
    assert_nothing_in_files(vault, run, needles)

    tokens = [token.encode() for token in run.tokens]
    sealed = [needles["secret"], *tokens]
    assert hits(log, [*needles.values(), *tokens]) == []
    assert hits(b"\0".join(run.outputs), sealed) == []
    audit = [one for one in run.outputs if b"connection.create" in one]
    mailed = [needles["user"], needles["subject"], needles["body"]]
    assert audit and hits(b"\0".join(audit), mailed) == []
    discreet = [*sealed, needles["user"], needles["host"], needles["subject"], needles["body"]]
    assert [one for one in run.discreet if hits(one, discreet)] == []

    assert len(watch.arguments) > COUNT, "the watch saw too few processes"
    kept_off = [*sealed, needles["subject"], needles["body"]]
    assert hits(b"\n".join(watch.arguments), kept_off) == []
    assert hits(b"\n".join(watch.environments), [*needles.values(), *tokens]) == []
    served = [line for line in watch.arguments if b"\0serve\0" in line]
    assert served and hits(b"\n".join(served), needles.values()) == []

    # The search would have found them: where they belong, they are.
    captured = contents(vault.home / "data")["sandbox.db"]
    assert hits(captured, [needles["subject"]]) and hits(captured, [needles["body"]])
    wait_until(
        lambda: any(needles["body"] in mail for mail in postfix.mails(READER)), 15, "a real mail"
    )


def assert_nothing_in_files(vault: Vault, run: Run, needles: dict[str, bytes]) -> None:
    """No file of the home holds a canary; the sandbox's store holds only mail."""
    tokens = [token.encode() for token in run.tokens]
    files = contents(vault.home)
    assert {"data/vault.db", "data/sandbox.db"} <= set(files)
    for path, content in files.items():
        forbidden = [*needles.values(), *tokens]
        if Path(path).name.startswith("sandbox.db"):
            forbidden = [
                needle for needle in forbidden
                if needle not in (needles["subject"], needles["body"])
            ]
        assert hits(content, forbidden) == [], path


def test_keys_and_locks_hold_nothing_else(vault):
    """The key file is one small root key that only its owner reads; run/ holds process numbers."""
    with vault.serve():
        keys = contents(vault.home / "keys")
        assert len(keys) == 1
        (name, content), = keys.items()
        assert len(content) < 128 and content not in (vault.home / "data/vault.db").read_bytes()
        path = vault.home / "keys" / name
        assert path.stat().st_mode & 0o777 == 0o600
        for name, content in contents(vault.home / "run").items():
            assert content.strip().isdigit() or not content, name
    for path in [vault.home, *vault.home.rglob("*")]:
        if path.name in ("ca.pem", "server.pem"):
            continue  # certificates, which clients are given
        assert path.stat().st_mode & 0o077 == 0, f"{path} is open to others"


def test_a_token_in_the_environment_is_wiped(vault):
    """SIGNET_TOKEN is gone from /proc once the command has begun its work."""
    token = vault.json("token", "create", "--scope", "sandbox:read@default")["token"]
    process = vault.start(
        "sandbox", "wait", "--subject", "never", "--timeout", "5s", env={"SIGNET_TOKEN": token}
    )
    environment = Path(f"/proc/{process.pid}/environ")
    try:
        wait_until(lambda: b"SIGNET_HOME" in environment.read_bytes(), 5, "the command")
        wait_until(lambda: hits(environment.read_bytes(), [token.encode()]) == [], 3, "the wiping")
        time.sleep(0.3)
        assert process.poll() is None and b"SIGNET_HOME" in environment.read_bytes()
    finally:
        process.kill()
        process.communicate()


def test_a_core_dump_is_not_to_be_had(vault):
    """The server runs with a core limit of zero and is not dumpable."""
    with vault.serve() as server:
        limits = Path(f"/proc/{server.pid}/limits").read_text()
        core = next(line for line in limits.splitlines() if line.startswith("Max core file size"))
        assert core.split()[4:6] == ["0", "0"]
        locked = next(
            line for line in Path(f"/proc/{server.pid}/status").read_text().splitlines()
            if line.startswith("VmLck")
        )
        assert int(locked.split()[1]) > 0


def test_a_secret_is_never_an_argument(vault):
    """A value in the wrong place is refused with a hint, and not repeated."""
    canary = Canary("argument").value(1)
    for words in (["secret", "set", "name", canary], ["rotate", "name", canary]):
        done = vault.run(*words, check_exit=2)
        assert canary.encode() not in done.stdout + done.stderr
        assert b"--stdin" in done.stderr
    token = vault.json("token", "create", "--scope", "audit:read")["token"]
    done = vault.run("token", "check", token, check_exit=2)
    assert token.encode() not in done.stdout + done.stderr
    assert json.loads(vault.run("token", "check", "--stdin", "--json", stdin=token.encode()).stdout)
