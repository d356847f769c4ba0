"""Proves the audit log from outside: checkpoints, auditor, sinks, export, and an old copy put back."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import os
import shutil
import sqlite3
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

from processes import wait_until
from vault import Vault

INTEGRITY = 8
FAILED = 1
SINK_SECONDS = 10


@pytest.fixture
def fresh():
    """A vault with a few entries."""
    with Vault() as vault:
        vault.run("init", "--recovery", "none")
        vault.run("status")
        yield vault


def entries(vault: Vault, **where: str) -> list[dict]:
    """The audit log, or the part that options pick."""
    words = [word for name, value in where.items() for word in (f"--{name}", value)]
    return vault.json("audit", "list", *words)


def message(done) -> str:
    """What a command said on standard error."""
    return done.stderr.decode()


# MARK: Checkpoints


def read_note(note: str) -> tuple[str, int, bytes, str, bytes]:
    """Origin, size, root, key name, and key id with signature of a signed note."""
    text, _, signature = note.partition("\n\n")
    origin, size, root = text.split("\n")
    dash, name, value = signature.strip().split(" ")
    assert dash == "—"
    return origin, int(size), base64.b64decode(root), name, base64.b64decode(value)


def verified_by_openssl(folder: Path, public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether another implementation takes an Ed25519 signature."""
    head = bytes.fromhex("302a300506032b6570032100")
    (folder / "key.der").write_bytes(head + public)
    (folder / "message").write_bytes(message)
    (folder / "signature").write_bytes(signature)
    done = subprocess.run(
        ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", "key.der",
         "-rawin", "-in", "message", "-sigfile", "signature"],
        cwd=folder, capture_output=True, timeout=30, check=False,
    )
    return done.returncode == 0


def test_checkpoints_verify_elsewhere(fresh):
    """OpenSSL verifies the signature, and the key's id is that of C2SP signed-note."""
    key = fresh.run("audit", "checkpoint", "--public-key").stdout.decode().strip()
    name, key_id, encoded = key.split("+", 2)
    public = base64.b64decode(encoded)
    assert public[0] == 1
    expected = hashlib.sha256(name.encode() + b"\n" + public).digest()[:4]
    assert key_id == expected.hex()
    note = fresh.run("audit", "checkpoint").stdout.decode()
    origin, size, root, signer, value = read_note(note)
    assert (origin, signer) == (name, name) and len(root) == 32 and size >= 3
    assert value[:4] == expected
    text = note.partition("\n\n")[0].encode() + b"\n"
    assert verified_by_openssl(fresh.folder, public[1:], text, value[4:])
    assert not verified_by_openssl(fresh.folder, public[1:], text + b"x", value[4:])


def test_the_root_is_that_of_the_entries(fresh):
    """The root is the Merkle tree hash (RFC 6962) over what the database holds."""
    note = fresh.run("audit", "checkpoint").stdout.decode()
    _, size, root, _, _ = read_note(note)

    def number(value: int) -> bytes:
        return value.to_bytes(8, "little", signed=True)

    leaves = []
    connection = sqlite3.connect(fresh.home / "data" / "vault.db")
    for row in connection.execute(
        "SELECT sequence, time, tenant, epoch, sealed, mac FROM audit ORDER BY sequence"
    ):
        parts = [number(row[0]), number(row[1]), row[2], number(row[3]), row[4]]
        encoded = number(len(parts)) + b"".join(number(len(part)) + part for part in parts)
        leaves.append(hashlib.blake2b(encoded, digest_size=32).digest() + row[5])
    connection.close()
    assert len(leaves) == size

    def tree(part: list[bytes]) -> bytes:
        if len(part) == 1:
            return hashlib.sha256(b"\0" + part[0]).digest()
        half = 1
        while half * 2 < len(part):
            half *= 2
        return hashlib.sha256(b"\1" + tree(part[:half]) + tree(part[half:])).digest()

    assert tree(leaves) == root


def test_verify_compares_with_checkpoints(fresh):
    """A file of checkpoints agrees; one with a byte changed, and another vault's, do not."""
    path = fresh.folder / "checkpoints"
    for _ in range(3):
        fresh.run("audit", "checkpoint", "-o", path)
    verdict = fresh.json("audit", "verify", "--checkpoint", path)
    assert verdict["ok"] and verdict["checkpoint"]["compared"] == 3
    assert verdict["first_bad"] is None
    text = path.read_text()
    path.write_text(text.replace("\n4\n", "\n5\n", 1))
    fresh.run("audit", "verify", "--checkpoint", path, check_exit=INTEGRITY)
    path.write_text("nothing\n")
    fresh.run("audit", "verify", "--checkpoint", path, check_exit=2)
    with Vault() as other:
        other.run("init", "--recovery", "none")
        path.write_text(text)
        other.run("audit", "verify", "--checkpoint", path, check_exit=INTEGRITY)


# MARK: The auditor


def test_an_auditor_proves_what_the_vault_alone_cannot(fresh):
    """With an auditor, old codes need the auditor's key; it finds an old code that was changed."""
    key = fresh.folder / "auditor.key"
    without = fresh.json("audit", "verify")
    assert without["ok"] and without["forward_secure"] is False
    fresh.run("audit", "auditor-key", "create", key)
    assert key.stat().st_mode & 0o777 == 0o600
    fresh.run("audit", "auditor", "--public-key", f"{key}.pub")
    blind = fresh.json("audit", "verify")
    assert blind["ok"] and blind["forward_secure"] and blind["proven_from"] > 1
    seen = fresh.json("audit", "verify", "--auditor-key", key)
    assert seen["ok"] and seen["proven_from"] == 1
    other = fresh.folder / "other.key"
    fresh.run("audit", "auditor-key", "create", other)
    fresh.run("audit", "verify", "--auditor-key", other, check_exit=6)
    fresh.run("audit", "auditor", "--public-key", f"{other}.pub", check_exit=6)
    fresh.run("audit", "auditor", "--public-key", f"{other}.pub", "--auditor-key", key)
    assert fresh.json("audit", "verify", "--auditor-key", other)["proven_from"] == 1
    database = sqlite3.connect(fresh.home / "data" / "vault.db")
    database.execute("UPDATE audit SET time = time + 1 WHERE sequence = 2")
    database.commit()
    database.close()
    verdict = fresh.json("audit", "verify", "--auditor-key", other, check_exit=INTEGRITY)
    assert (verdict["ok"], verdict["first_bad"]) == (False, 2)
    assert fresh.json("audit", "verify", check_exit=INTEGRITY)["ok"] is False


# MARK: An earlier copy


def test_an_hour_old_copy_of_the_data_is_refused(fresh):
    """The refusal names both numbers; accepted on purpose, that is in the log."""
    old = fresh.folder / "old"
    shutil.copytree(fresh.home / "data", old)
    copied = entries(fresh)[-1]["sequence"]
    # Each look at the log is an entry of it.
    newest = entries(fresh)[-1]["sequence"] + 1
    shutil.rmtree(fresh.home / "data")
    shutil.copytree(old, fresh.home / "data")
    for words in (["status"], ["audit", "verify"], ["doctor"], ["secret", "list"]):
        done = fresh.run(*words, check_exit=INTEGRITY)
        assert f"entry {copied} " in message(done) and f"entry {newest}" in message(done)
    process = subprocess.run(
        [fresh.binary, "serve", "--home", fresh.home], capture_output=True, timeout=60,
        env={**os.environ, "SIGNET_HOME": str(fresh.home), "SIGNET_ALLOW_SWAP": "1"}, check=False,
    )
    assert process.returncode == INTEGRITY
    fresh.run("doctor", "--accept-rollback", newest, check_exit=2)
    fresh.run("doctor", "--accept-rollback", copied, check_exit=None)
    fresh.run("status")
    (entry,) = entries(fresh, action="audit.accept-rollback")
    assert entry["detail"]["database"] == str(copied)


def test_without_its_anchor_a_vault_stays_closed(fresh):
    """Deleting the anchor does not make an earlier copy acceptable."""
    anchor = fresh.home / "anchor"
    saved = anchor.read_bytes()
    anchor.unlink()
    fresh.run("status", check_exit=INTEGRITY)
    assert not anchor.exists()
    anchor.write_bytes(saved)
    fresh.run("status")


def test_a_kill_leaves_an_anchor_that_fits(fresh):
    """After kill -9 the anchor is older than the database, which is as it should be."""
    for _ in range(5):
        with fresh.serve() as server:
            fresh.run("status")
            fresh.run("secret", "list")
            server.kill()
        assert fresh.json("audit", "verify")["ok"]


# MARK: Sinks


def served(vault: Vault, sinks: str) -> Vault:
    """Adds sinks to what every command of a vault is told."""
    vault.environment = {**vault.environment, "SIGNET_AUDIT_SINKS": sinks}
    return vault


def test_a_server_stops_when_its_sink_is_deleted(fresh):
    """A deleted sink stops what would be audited, at once and never by hanging, until it is back."""
    sink = fresh.folder / "checkpoints"
    vault = served(fresh, f"file:{sink}")
    vault.run("status")
    with vault.serve():
        vault.run("status")
        saved = sink.read_bytes()
        sink.unlink()

        def is_refused() -> bool:
            began = time.monotonic()
            done = vault.run("status", "--json", check_exit=None)
            assert time.monotonic() - began < SINK_SECONDS
            if done.exit == 0:
                return False
            assert done.exit == FAILED and json.loads(done.stderr)["code"] == "audit-unavailable"
            return True

        wait_until(is_refused, SINK_SECONDS, "the deleted sink to be noticed")
        sink.write_bytes(saved)
        wait_until(lambda: not is_refused(), SINK_SECONDS, "the sink's return to be noticed")
    assert vault.json("audit", "verify", "--checkpoint", sink)["checkpoint"]["compared"] >= 2


@pytest.mark.parametrize("kind", ["pipe", "full", "missing folder"])
def test_a_sink_that_takes_nothing_refuses_at_once(fresh, kind):
    """A pipe nobody reads, a device that is full and a folder that is not there never hang."""
    path = fresh.folder / "sink"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "full":
        path = Path("/dev/full")
    else:
        path = fresh.folder / "none" / "sink"
    last = entries(fresh)[-1]["sequence"]
    served(fresh, f"file:{path}")
    began = time.monotonic()
    done = fresh.run("status", check_exit=FAILED)
    assert time.monotonic() - began < SINK_SECONDS
    assert str(path) in message(done)
    served(fresh, "")
    assert entries(fresh)[-1]["sequence"] == last + 1


# MARK: A full disk


@pytest.fixture
def small_disk():
    """A folder on a file system of 40 MiB of its own."""
    folder = Path(tempfile.mkdtemp(prefix="signet-small-"))
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=40m,mode=0700", "tmpfs", folder],
        capture_output=True, check=False,
    )
    if done.returncode != 0:
        folder.rmdir()
        pytest.skip("this user may not mount a file system")
    yield folder
    subprocess.run(["umount", "-l", folder], capture_output=True, check=True)
    folder.rmdir()


def fill_up(folder: Path) -> None:
    """Leaves no room on a file system."""
    with open(folder / "filler", "wb", buffering=0) as filler:
        for size in (1 << 20, 4096):
            try:
                while filler.write(b"x" * size) == size:
                    pass
            except OSError:
                pass


def wait_for_ballast(home):
    """The server makes it beside its work."""
    ballast = home / "data" / "ballast"
    wait_until(lambda: ballast.exists() and ballast.stat().st_size == 16 << 20, 10, "the ballast")


@pytest.mark.parametrize("urgent", [["token", "revoke"], ["principal", "disable", "eve"], ["seal"]],
                         ids=lambda words: words[0])
def test_on_a_full_disk_only_what_is_urgent_is_done(fresh, small_disk, urgent):
    """Nothing unrecorded is done, at once; the operator can still take rights away, or seal."""
    home = small_disk / "home"
    vault = fresh
    where = ("--home", home)
    vault.run("init", "--recovery", "none", *where)
    token = vault.json("token", "create", "--scope", "audit:read", *where)
    vault.run("principal", "create", "eve", "--kind", "service", *where)
    if urgent[-1] == "revoke":
        urgent = [*urgent, token["accessor"]]
    with vault.serve("--home", str(home)):
        wait_for_ballast(home)
        fill_up(small_disk)
        began = time.monotonic()
        refused = None
        for _ in range(200):
            done = vault.run("secret", "list", "--json", *where, check_exit=None)
            if done.exit != 0:
                refused = json.loads(done.stderr)["code"]
                break
        assert refused == "audit-unavailable", refused
        assert time.monotonic() - began < 60
        vault.run(*urgent, *where)
        assert not (home / "data" / "ballast").exists()
        if urgent == ["seal"]:
            vault.run("unseal", *where)
        assert vault.json("audit", "verify", *where)["ok"]


def test_a_sealed_vault_is_unsealed_on_a_full_disk(fresh, small_disk):
    """The entry about it has room, so that what is urgent can be done afterwards."""
    home = small_disk / "home"
    where = ("--home", home)
    fresh.run("init", "--recovery", "none", *where)
    with fresh.serve("--home", str(home)):
        fresh.run("seal", *where)
        wait_for_ballast(home)
        fill_up(small_disk)
        fresh.run("unseal", *where)
        assert not (home / "data" / "ballast").exists()
        assert fresh.json("audit", "list", "--action", "vault.unseal", *where)


# MARK: Export


def test_an_export_is_the_whole_log_in_both_formats(fresh):
    """JSON lines and CSV hold the same entries; no cell begins a formula."""
    fresh.run("secret", "set", "a,\"b", "--stdin", stdin=b"x", check_exit=None)
    for actor in ("=1+1", "@x", "-y"):
        fresh.run("audit", "list", f"--actor={actor}")
    lines = fresh.run("audit", "export").stdout.decode().splitlines()
    exported = [json.loads(line) for line in lines]
    numbers = [entry["sequence"] for entry in exported]
    assert numbers == list(range(1, len(numbers) + 1)) and len(numbers) >= 4
    assert exported[0]["action"] == "vault.init"
    path = fresh.folder / "audit.csv"
    fresh.run("audit", "export", "--format", "csv", "-o", path)
    content = path.read_bytes()
    assert content.count(b"\r\n") >= len(exported) + 1
    rows = list(csv.DictReader(io.StringIO(content.decode(), newline="")))
    assert [int(row["sequence"]) for row in rows][: len(numbers)] == numbers
    assert all(not cell or cell[0] not in "=+-@" for row in rows for cell in row.values())
    fresh.run("audit", "export", "-o", path, check_exit=5)
    denied = fresh.run("audit", "export", "--outcome", "denied").stdout
    assert denied == b""


def test_an_export_with_json_is_one_array(fresh):
    """The objects of the lines in one value, in a file too; CSV does not go with it."""
    lines = [json.loads(line) for line in fresh.run("audit", "export").stdout.splitlines()]
    array = json.loads(fresh.run("audit", "export", "--json").stdout)
    assert array[:len(lines)] == lines and len(array) == len(lines) + 1
    path = fresh.folder / "audit.json"
    fresh.run("audit", "export", "--json", "-o", path)
    assert json.loads(path.read_bytes())[:len(array)] == array
    assert json.loads(fresh.run("audit", "export", "--json", "--outcome", "denied").stdout) == []
    both = fresh.folder / "both"
    fresh.run("audit", "export", "--json", "--format", "csv", "-o", both, check_exit=2)
    assert not both.exists()


def test_a_list_goes_on_page_by_page(fresh):
    """`--before` and `--limit` give every entry once."""
    for _ in range(5):
        fresh.run("status")
    last = entries(fresh)[-1]["sequence"]
    seen: list[int] = []
    before = last + 1
    while before > 1:
        page = fresh.json("audit", "list", "--limit", "2", "--before", before)
        if not page:
            break
        seen = [entry["sequence"] for entry in page] + seen
        before = seen[0]
    assert seen == sorted(set(seen)) and seen[-1] == last and len(seen) >= last - 2
