"""Proves that what goes wrong around a vault ends with the right exit code and a remedy."""

from __future__ import annotations

import os
import shutil
import socket
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from connections import READER, SENDER, connect, explained, send, set_secret
from processes import HOST
from vault import Vault, VaultError

FAILED, USAGE, NOT_FOUND, CONFLICT, SEALED, INTEGRITY = 1, 2, 3, 5, 6, 8


@pytest.fixture
def used(vault):
    """A vault with something in it."""
    set_secret(vault, "mail-pass", "a secret value")
    connect(vault, "mail", 25, "none", environment="test")
    send(vault, "mail@test", "first", check_exit=0)
    return vault


def key_file(vault: Vault) -> Path:
    (path,) = (vault.home / "keys").iterdir()
    return path


def database(vault: Vault) -> Path:
    return vault.home / "data" / "vault.db"


def assert_refused(vault: Vault, code: int, *words: str) -> str:
    return explained(vault.run(*(words or ("status",)), check_exit=code))


# MARK: Keys


def test_a_missing_key(used):
    """6, and the message names the file; with the key back, everything is there."""
    path = key_file(used)
    kept = path.read_bytes()
    path.unlink()
    assert path.name in assert_refused(used, SEALED)
    assert_refused(used, SEALED, "send", "--connection", "mail@test", "--to", READER,
                   "--subject", "s")
    path.write_bytes(kept)
    path.chmod(0o600)
    assert used.json("status")["secrets"] == 1


def test_the_key_of_another_vault(used):
    """6, under its own name and under the right one."""
    with Vault() as other:
        other.json("init", "--recovery", "none")
        foreign = key_file(other).read_bytes()
    key_file(used).write_bytes(foreign)
    assert_refused(used, SEALED)


@pytest.mark.parametrize("change", ["flip", "cut", "empty", "grow", "text"])
def test_a_damaged_key(used, change):
    """6, whatever became of the file."""
    path = key_file(used)
    content = path.read_bytes()
    path.write_bytes({
        "flip": content[:-1] + bytes([content[-1] ^ 1]), "cut": content[:-1], "empty": b"",
        "grow": content + b"\0", "text": b"secret\n",
    }[change])
    assert_refused(used, SEALED)


def test_a_key_that_others_can_read(used):
    """6 until the mode is right again."""
    key_file(used).chmod(0o644)
    assert "0600" in assert_refused(used, SEALED)
    key_file(used).chmod(0o600)
    used.json("status")


def test_a_key_file_elsewhere():
    """`--key-file` puts it where the operator wants, and SIGNET_KEY_FILE finds it there."""
    with Vault() as other:
        path = other.folder / "root.key"
        other.json("init", "--recovery", "none", "--key-file", path)
        assert "SIGNET_KEY_FILE" in assert_refused(other, SEALED)
        env = {"SIGNET_KEY_FILE": str(path)}
        assert other.json("status", env=env)["state"] == "unsealed"
        done = other.run("status", env={"SIGNET_KEY_FILE": "/nowhere"}, check_exit=SEALED)
        assert "/nowhere" in explained(done) and "recovery" not in explained(done)


# MARK: Files


def test_no_vault(vault):
    """3, and the hint says how to make one."""
    shutil.rmtree(vault.home)
    assert "vault init" in assert_refused(vault, NOT_FOUND)


def test_a_vault_is_not_made_twice(used):
    """5, and the first one is untouched."""
    assert_refused(used, CONFLICT, "init", "--recovery", "none")
    assert used.json("status")["secrets"] == 1


def test_a_foreign_file(used):
    """8 for text, an empty file and another program's database in the place of the vault's."""
    path = database(used)
    path.write_bytes(b"this is no database, but it is long enough to be looked at\n" * 100)
    assert_refused(used, INTEGRITY)
    path.write_bytes(b"")
    assert_refused(used, INTEGRITY)
    path.unlink()
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE meta (key TEXT, value BLOB)")
    connection.commit()
    connection.close()
    assert_refused(used, INTEGRITY)


@pytest.mark.parametrize("part", [0.01, 0.25, 0.5, 0.9, 0.999])
def test_a_truncated_database(used, part):
    """8 wherever the file ends; it is neither repaired nor filled up."""
    path = database(used)
    content = path.read_bytes()
    # Zeros at the end of the last page are the same as none.
    path.write_bytes(content[:int(len(content.rstrip(b"\0")) * part)])
    done = used.run("doctor", check_exit=INTEGRITY)
    assert done.stdout or explained(done)
    assert path.stat().st_size <= len(content)


def test_a_home_that_is_a_file(vault):
    """Ends with a remedy, not with a trace."""
    path = vault.file("file", b"")
    done = vault.run("--home", path, "init", check_exit=FAILED)
    assert str(path) in explained(done)


def test_a_full_disk(vault):
    """1 and what to do; what was there stays whole, and works again when there is room."""
    with small_disk(vault.folder / "disk", "2m") as home:
        vault.home = home / "home"
        vault.json("init", "--recovery", "none")
        set_secret(vault, "kept", "a value")
        filler = home / "filler"
        with filler.open("wb", buffering=0) as file:
            try:
                while file.write(b"x" * 4096):
                    pass
            except OSError:
                pass
        failures = 0
        for number in range(200):
            done = vault.run("secret", "set", f"new-{number}", "--generate", check_exit=None)
            if done.exit != 0:
                assert done.exit == FAILED, done
                assert "disk" in explained(done) or "space" in explained(done)
                failures += 1
                break
        assert failures, "the disk never filled up"
        filler.unlink()
        assert vault.json("secret", "show", "kept")["current_version"] == 1
        set_secret(vault, "later", "a value")
        findings = [one for one in vault.json("doctor", check_exit=None) if not one["ok"]]
        assert [one for one in findings if one["check"] != "disk"] == []


@contextmanager
def small_disk(path: Path, size: str) -> Iterator[Path]:
    """A file system of `size` bytes, or a skipped test where none may be mounted."""
    path.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=0700", "signet-test", str(path)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("no file system can be mounted here")
    try:
        yield path
    finally:
        subprocess.run(["umount", "--lazy", str(path)], check=True)


# MARK: Others


def test_a_second_server(used):
    """5, and the message names the process that has the vault; the first goes on."""
    with used.serve() as server:
        quiet = ("--without", "pop3")
        listeners = ("--sandbox-smtp", f"{HOST}:0", "--sandbox-smtps", f"{HOST}:0", *quiet)
        assert str(server.pid) in assert_refused(used, CONFLICT, "serve", *listeners)
        alone = ("sandbox", "serve", "--smtp", f"{HOST}:0", "--smtps", f"{HOST}:0", *quiet)
        assert str(server.pid) in assert_refused(used, CONFLICT, *alone)
        assert used.json("status")["state"] == "unsealed"


def test_a_busy_port(used):
    """Ends with the address in the message and no server half up."""
    with socket.create_server((HOST, 0)) as owner:
        address = f"{HOST}:{owner.getsockname()[1]}"
        done = used.run(
            "serve", "--sandbox-smtp", address, "--sandbox-smtps", f"{HOST}:0",
            "--without", "pop3", check_exit=None,
        )
        assert done.exit in (FAILED, CONFLICT), done
        assert address in explained(done)
    with used.serve():
        used.json("status")


@pytest.mark.parametrize("address", ["", "127.0.0.1", "127.0.0.1:x", "127.0.0.1:70000", "a b:1"])
def test_a_wrong_address(used, address):
    """2, before anything is opened."""
    assert_refused(used, USAGE, "serve", "--sandbox-smtp", address)


def test_a_killed_server_leaves_no_obstacle(used):
    """After kill -9 commands work at once, in process, and a new server starts."""
    with used.serve() as server:
        server.kill()
        assert used.json("status")["secrets"] == 1
    with used.serve():
        assert used.json("status")["secrets"] == 1


def test_a_server_ends_well(used):
    """SIGTERM and SIGINT end it with 0; socket and ready file are gone."""
    for number in (15, 2):
        with used.serve() as server:
            socket_path = server.socket
            os.kill(server.pid, number)
            server._process.wait(10)
        assert not socket_path.exists() and not (used.folder / "ready.json").exists()


def test_a_home_with_spaces():
    """Every path may hold spaces, quotes and letters of any script."""
    with Vault(home="my vault's \"home\" ü") as vault:
        vault.json("init", "--recovery", "none")
        connect(vault, "mail", 25, "none", environment="test")
        with vault.serve():
            send(vault, "mail@test", "spaced", check_exit=0)
            assert vault.json("sandbox", "list")[0]["subject"] == "spaced"
        assert vault.run("doctor").exit == 0


NAMES = ["with space", "", "a/b", "a@b", "-a", ".a", "a\nb", "a\rb", "ü", "a:b", "x" * 256, "a\tb"]


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_names_that_are_not_allowed(vault, name):
    """2 for each kind of thing that has a name, and nothing is made."""
    ends = ("--", name) if name.startswith("-") else (name,)
    done = vault.run("secret", "set", "--stdin", *ends, stdin=b"value", check_exit=USAGE)
    assert explained(done)
    words = ("connection", "create", "--env", "test", "--host", "h.test", "--from", SENDER)
    assert explained(vault.run(*words, *ends, check_exit=USAGE))
    assert vault.json("secret", "list") == [] and vault.json("connection", "list") == []


def test_names_are_told_apart(vault):
    """Names differ without regard to case; 5 when taken, 0 when free."""
    set_secret(vault, "Mail", "value")
    connect(vault, "Mail", 25, "none", environment="test")
    vault.run("connection", "check-name", "mail", "--env", "test", check_exit=CONFLICT)
    vault.run("connection", "check-name", "mail", "--env", "production")
    vault.run("connection", "check-name", "with space", "--env", "test", check_exit=USAGE)
    assert vault.json("secret", "show", "mAIL")["name"] == "Mail"
    assert_refused(vault, NOT_FOUND, "secret", "show", "mail2")


def test_a_disabled_connection_does_not_send(vault):
    """5 until it is enabled again."""
    connect(vault, "mail", 25, "none", environment="test")
    vault.json("connection", "disable", "mail@test")
    assert_refused(
        vault, CONFLICT, "send", "--connection", "mail@test", "--to", READER, "--subject", "s"
    )
    vault.json("connection", "enable", "mail@test")
    send(vault, "mail@test", "again", check_exit=0)


def test_a_retargeted_connection_has_no_password(vault):
    """A secret is bound to where it was approved for: a new host cannot collect it."""
    connect(vault, "mail", 25, "starttls", None)
    set_secret(vault, "mail-pass", "value")
    vault.json(
        "connection", "update", "mail@production", "--username", "u", "--secret", "mail-pass",
        "--retarget",
    )
    shown = vault.json("connection", "update", "mail@production", "--host", "evil.peers.test")
    assert shown["secret_bound"] is False and shown["warnings"]
    done = vault.run(
        "send", "--connection", "mail@production", "--to", READER, "--subject", "s",
        check_exit=None,
    )
    assert done.exit in (4, 5) and "retarget" in explained(done)


def test_stale_versions_are_refused(vault):
    """5 when somebody else was faster."""
    set_secret(vault, "mail-pass", "one")
    words = ("secret", "set", "mail-pass", "--stdin", "--if-version")
    vault.run(*words, "1", stdin=b"two")
    done = vault.run(*words, "1", stdin=b"three", check_exit=CONFLICT)
    assert "version 2" in explained(done)


def test_the_harness_tells_of_a_failed_server(vault):
    """`Vault.serve` fails with what the server printed."""
    shutil.rmtree(vault.home)
    with pytest.raises((VaultError, TimeoutError), match="vault init"):
        with vault.serve():
            pass
