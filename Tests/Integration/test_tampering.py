"""Proves that no change to the vault's database goes unnoticed, and none is acted upon.

Each case copies one vault, changes the copy with SQL, and asks it: `vault doctor` and whatever
would use the changed row must refuse with exit code 8. SIGNET_TAMPER_POSITIONS says how many bytes
of each sealed value are flipped, one at a time; `all` means each of them.
"""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from accounts import ODD
from connections import READER, SilentServer, connect, explained, send, set_secret
from vault import Vault

POSITIONS = os.environ.get("SIGNET_TAMPER_POSITIONS", "3")
#: The rows of a table that are tried, counted evenly from the first to the last.
ROWS = 4
NEWER_FORMAT, SEALED, INTEGRITY = 5, 6, 8


class Column(NamedTuple):
    table: str
    name: str
    kind: str


class Original:
    """A vault with rows in every table, and the server that its connection points to."""

    def __init__(self, vault: Vault, server: SilentServer):
        self.vault, self.server = vault, server
        self._home = vault.home

    @property
    def database(self) -> Path:
        return self.vault.home / "data" / "vault.db"

    def copy(self) -> None:
        """Makes a fresh copy the home of the commands that follow."""
        self.vault.home = self.vault.folder / "copy"
        shutil.rmtree(self.vault.home, ignore_errors=True)
        shutil.copytree(self._home, self.vault.home, ignore=shutil.ignore_patterns("*.sock"))

    def change(self, *statements: tuple[str, tuple[object, ...]]) -> bool:
        """Changes a fresh copy; false if the database's own rules refuse."""
        self.copy()
        with sqlite3.connect(self.database) as connection:
            try:
                for statement, values in statements:
                    connection.execute(statement, values)
            except sqlite3.IntegrityError:
                return False
        connection.close()
        return True

    def rows(self, statement: str) -> list[tuple]:
        with sqlite3.connect(f"file:{self._home}/data/vault.db?mode=ro", uri=True) as connection:
            return connection.execute(statement).fetchall()

    def assert_noticed(self, what: str, *commands: list[str]) -> None:
        """Doctor and the commands refuse; the server hears of nothing."""
        clients = self.server.clients
        for words in (["doctor"], *commands):
            done = self.vault.run(*words, check_exit=None)
            assert done.exit == INTEGRITY, (what, words, done)
            if words != ["doctor"]:
                explained(done)
        assert self.server.clients == clients, f"{what}: the server was contacted"


@pytest.fixture(scope="module")
def original(certificates) -> Iterator[Original]:
    with Vault() as vault, SilentServer() as server:
        vault.json("init", "--recovery", "code")
        vault.json("certificate", "add", "peers", "--from-file", certificates.authority)
        vault.json("certificate", "add", "second", "--from-file", certificates.authority)
        connect(
            vault, "mail", server.port, "starttls", ODD, "--set", "timeouts.connect_ms=5000",
            "--set", "timeouts.request_ms=10000",
        )
        connect(vault, "mail", server.port, "starttls", ODD, environment="test")
        connect(vault, "other", server.port, "starttls", ODD, secret="other-pass")
        vault.json("rotate", "other-pass", "--stdin", "--no-test", stdin=b"second value")
        set_secret(vault, "third-pass", "third value")
        for scope in ("send:mail@test", "connection:read"):
            vault.json("token", "create", "--scope", scope)
        for number in range(3):
            send(vault, "mail@test", f"mail {number}", check_exit=0)
        vault.json("connection", "update", "mail@production", "--set", "title=Changed")
        yield Original(vault, server)


SEND = ["send", "--connection", "mail@production", "--to", READER, "--subject", "s", "--text", "t"]
#: What must refuse, besides doctor, when a row of the table was changed.
USERS: dict[str, list[list[str]]] = {
    "connection": [["connection", "list"], SEND],
    "secret": [["secret", "list"]],
    "certificate": [["certificate", "list"]],
    "token": [["token", "list"]],
    "message": [["outbox", "list"]],
    "audit": [["audit", "verify"]],
}
TABLES = [
    "meta", "head", "key_slot", "scope_key", "audit", "tenant", "secret", "secret_version",
    "connection", "connection_revision", "certificate", "token", "message", "audit_key",
]


def accepted_for(table: str) -> set[int]:
    """How a change in the table may end: where the key comes from, it may not open at all."""
    further = {"key_slot": {SEALED}, "scope_key": {SEALED}, "audit_key": {SEALED}, "meta": {SEALED, NEWER_FORMAT}}
    return {INTEGRITY} | further.get(table, set())


def columns(original: Original, table: str) -> list[Column]:
    found = original.rows(f"PRAGMA table_info({table})")
    return [Column(table, row[1], row[2]) for row in found]


def some_rows(original: Original, table: str) -> list[int]:
    """The rowids of a few rows, the first and the last among them."""
    rowids = [row[0] for row in original.rows(f"SELECT rowid FROM {table} ORDER BY rowid")]
    assert rowids, f"the test has no row in {table}"
    last = len(rowids) - 1
    return sorted({rowids[last * step // max(1, ROWS - 1)] for step in range(ROWS)})


def positions(size: int) -> list[int]:
    """The bytes to change of a value; of an empty one, the first of what it might become."""
    size = max(1, size)
    if POSITIONS == "all":
        return list(range(size))
    chosen = {0, size // 2, size - 1}
    generator = random.Random(size)
    while len(chosen) < min(int(POSITIONS), size):
        chosen.add(generator.randrange(size))
    return sorted(chosen)


@pytest.mark.parametrize("table", TABLES)
def test_a_changed_byte_is_noticed(original, table):
    """One bit of one byte of each sealed value, code and identity, in each kind of row."""
    count = 0
    for column in columns(original, table):
        for rowid in some_rows(original, table):
            where = f"{table} WHERE rowid = {rowid}"
            ((value,),) = original.rows(f"SELECT {column.name} FROM {where}")
            if not isinstance(value, bytes):
                continue
            # Where nothing is, something is put.
            value = value or b"\0"
            for position in positions(len(value)):
                changed = bytearray(value or b"\0")
                changed[position] ^= 1 << position % 8
                statement = f"UPDATE {table} SET {column.name} = ? WHERE rowid = {rowid}"
                if not original.change((statement, (bytes(changed),))):
                    continue
                done = original.vault.run("doctor", check_exit=None)
                assert done.exit in accepted_for(table), (column, rowid, position, done)
                count += 1
    assert count


@pytest.mark.parametrize("table", USERS)
def test_what_uses_a_changed_row_refuses_it(original, table):
    """A list, a send or a verification meets the changed row itself, not doctor alone."""
    for rowid in some_rows(original, table):
        ((sealed,),) = original.rows(f"SELECT sealed FROM {table} WHERE rowid = {rowid}")
        changed = sealed[:-1] + bytes([sealed[-1] ^ 1])
        assert original.change((f"UPDATE {table} SET sealed = ? WHERE rowid = {rowid}", (changed,)))
        is_used = USERS[table]
        if table == "connection" and rowid != mail_row(original):
            is_used = [["connection", "list"]]
        original.assert_noticed(f"{table} row {rowid}", *is_used)


def mail_row(original: Original) -> int:
    """The row of mail@production, the connection that was made first."""
    return original.rows("SELECT min(rowid) FROM connection")[0][0]


@pytest.mark.parametrize("table", ["secret", "secret_version", "connection", "certificate",
                                   "token", "message", "audit"])
def test_swapped_values_are_noticed(original, table):
    """Two rows that exchange a sealed value, or all of their sealed values, are both refused."""
    sealed = [one.name for one in columns(original, table)
              if one.name in ("sealed", "mac", "payload", "data_key", "hash")]
    first, second = some_rows(original, table)[:2]
    for chosen in [*([name] for name in sealed), sealed]:
        names = ", ".join(chosen)
        ((*one,), (*two,)) = original.rows(
            f"SELECT {names} FROM {table} WHERE rowid IN ({first}, {second}) ORDER BY rowid"
        )
        assert one != two
        assignment = ", ".join(f"{name} = ?" for name in chosen)
        update = f"UPDATE {table} SET {assignment} WHERE rowid = "
        assert original.change((update + str(first), (*two,)), (update + str(second), (*one,)))
        is_used = USERS.get(table, [])
        original.assert_noticed(f"{table}: {names} swapped", *is_used)


def test_values_swapped_between_tables_are_noticed(original):
    """A sealed value stands for its own table and row alone."""
    tables = ["secret", "connection", "certificate", "token", "message", "tenant"]
    for one, two in zip(tables, [*tables[1:], tables[0]]):
        ((value,),) = original.rows(f"SELECT sealed FROM {two} ORDER BY rowid LIMIT 1")
        update = f"UPDATE {one} SET sealed = ? WHERE rowid = (SELECT min(rowid) FROM {one})"
        assert original.change((update, (value,)))
        done = original.vault.run("doctor", check_exit=None)
        assert done.exit == INTEGRITY, (one, two, done)


TEXTS = {"state": ["current", "previous", "pending", "failed", "active", "revoked", "sent"],
         "environment": ["production", "test", "development"], "kind": ["password", "certificate"]}


@pytest.mark.parametrize("table", TABLES)
def test_changed_plain_columns_are_noticed(original, table):
    """Numbers, states and kinds that are not sealed are still authentic."""
    for column in columns(original, table):
        for rowid in some_rows(original, table):
            where = f"WHERE rowid = {rowid}"
            ((value,),) = original.rows(f"SELECT {column.name} FROM {table} {where}")
            if isinstance(value, int):
                others: list[object] = [value + 1, 0 if value else 2]
            elif isinstance(value, str):
                others = [one for one in TEXTS.get(column.name, []) if one != value] + [value + "x"]
            elif value is None and column.kind == "INTEGER":
                others = [1]
            else:
                continue
            for other in others:
                update = f"UPDATE {table} SET {column.name} = ? {where}"
                if not original.change((update, (other,))):
                    continue
                done = original.vault.run("doctor", check_exit=None)
                assert done.exit in accepted_for(table), (column, rowid, value, other, done)


@pytest.mark.parametrize(("assignment", "what"), [
    ("environment = 'development'", "environment"), ("enabled = 0", "enabled"),
    ("revision = revision + 1", "revision"), ("secret = NULL", "secret"),
    ("secret = (SELECT secret FROM connection ORDER BY rowid DESC LIMIT 1)", "another secret"),
])
def test_an_edited_connection_never_sends(original, assignment, what):
    """Whatever SQL makes of a connection's row, no session begins with it."""
    row = mail_row(original)
    assert original.change((f"UPDATE connection SET {assignment} WHERE rowid = {row}", ()))
    clients = original.server.clients
    for words in (SEND, [*SEND[:2], "mail@development", *SEND[3:]]):
        done = original.vault.run(*words, check_exit=None)
        assert done.exit in (INTEGRITY, 3), (what, done)
    original.assert_noticed(what, ["connection", "list"])
    assert original.server.clients == clients


@pytest.mark.parametrize("table", TABLES)
def test_deleted_rows_are_noticed(original, table):
    """A row that is gone is missed, wherever it stood."""
    for rowid in some_rows(original, table):
        assert original.change((f"DELETE FROM {table} WHERE rowid = {rowid}", ()))
        done = original.vault.run("doctor", check_exit=None)
        assert done.exit in accepted_for(table), (table, rowid, done)
        if table == "audit":
            verdict = original.vault.json("audit", "verify", check_exit=None)
            assert verdict.get("ok") is not True, verdict


def test_audit_entries_cannot_be_moved_or_repeated(original):
    """Cut off, put in, doubled or exchanged: `audit verify` refuses and names the place."""
    ((last,),) = original.rows("SELECT max(sequence) FROM audit")
    cases: dict[str, Callable[[], list[tuple[str, tuple]]]] = {
        "the end is cut off": lambda: [("DELETE FROM audit WHERE sequence > ?", (last - 3,))],
        "an entry is repeated": lambda: [(
            "INSERT INTO audit SELECT ?, time, tenant, epoch, sealed, mac FROM audit"
            " WHERE sequence = 3",
            (last + 1,))],
        "two are exchanged": lambda: [
            ("UPDATE audit SET sequence = -1 WHERE sequence = 4", ()),
            ("UPDATE audit SET sequence = 4 WHERE sequence = 5", ()),
            ("UPDATE audit SET sequence = 5 WHERE sequence = -1", ())],
    }
    for what, statements in cases.items():
        assert original.change(*statements())
        done = original.vault.run("audit", "verify", check_exit=None)
        assert done.exit == INTEGRITY, (what, done)
    assert original.change(("UPDATE audit SET time = time + 1 WHERE sequence = 4", ()))
    verdict = original.vault.json("audit", "verify", check_exit=INTEGRITY)
    assert (verdict["ok"], verdict["first_bad"]) == (False, 4)


def test_an_old_row_cannot_come_back(original):
    """A single row restored from an older copy is refused, although it was authentic once."""
    original.copy()
    old = original.vault.folder / "old.db"
    shutil.copy(original.database, old)
    vault = original.vault
    vault.json("connection", "update", "mail@production", "--set", "title=Newer")
    names = ", ".join(one.name for one in columns(original, "connection"))
    connection = sqlite3.connect(original.database)
    connection.execute("ATTACH ? AS old", (str(old),))
    connection.execute(f"DELETE FROM connection WHERE rowid = {mail_row(original)}")
    connection.execute(
        f"INSERT INTO connection ({names}) SELECT {names} FROM old.connection"
        f" WHERE rowid = {mail_row(original)}"
    )
    connection.commit()
    connection.close()
    original.assert_noticed("an old row", SEND)


@pytest.mark.parametrize("statement", [
    "CREATE TRIGGER evil AFTER INSERT ON message BEGIN DELETE FROM audit; END",
    "CREATE VIEW evil AS SELECT * FROM token", "CREATE TABLE evil (x)",
    "DROP INDEX message_state", "CREATE INDEX evil ON message (updated)",
])
def test_a_changed_schema_is_refused(original, statement):
    """No trigger, view, table or index is added or removed."""
    assert original.change((statement, ()))
    done = original.vault.run("status", check_exit=INTEGRITY)
    explained(done)
    original.assert_noticed(statement, SEND)
