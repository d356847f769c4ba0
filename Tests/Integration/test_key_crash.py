"""Proves that kill -9 at any moment of replacing keys loses no record, and that the command goes on.

SIGNET_CRASH_ROUNDS says how many kills each test makes; a release wants 500 of each key.
"""

from __future__ import annotations

import os
import random
import subprocess
import time
from collections import Counter

import pytest

from test_crash import BEYOND, killed, seconds_of
from vault import Vault

ROUNDS = int(os.environ.get("SIGNET_CRASH_ROUNDS", "40"))
SECRETS = int(os.environ.get("SIGNET_CRASH_SECRETS", "60"))
TENANT = "acme"


@pytest.fixture(scope="module")
def filled():
    """A vault with a tenant that has many secrets, and a reference between them and a connection."""
    with Vault() as vault:
        vault.run("init", "--recovery", "none")
        vault.run("tenant", "create", TENANT)
        with vault.serve():
            for number in range(SECRETS):
                vault.run(
                    "--tenant", TENANT, "secret", "set", f"secret-{number}", "--stdin",
                    stdin=f"value {number}".encode(),
                )
            vault.run(
                "--tenant", TENANT, "connection", "create", "mail", "--env", "test",
                "--host", "mail.example.org", "--from", "a@example.org",
            )
        yield vault


def assert_nothing_is_lost(vault: Vault) -> None:
    """Every row and value opens, the chain is whole, and one generation of each key is the newest."""
    findings = vault.json("doctor")
    assert [one for one in findings if not one["ok"]] == []
    verdict = vault.json("audit", "verify", "--deep")
    assert verdict["ok"], verdict
    listed = vault.json("--tenant", TENANT, "secret", "list")
    assert len(listed) == SECRETS
    # Old entries are read with the keys that are kept for them.
    entries = vault.json("--tenant", TENANT, "audit", "list", "--action", "secret.set")
    assert len(entries) == SECRETS


def assert_every_value_opens(vault: Vault, backup: str) -> None:
    """A backup's verification opens each data key and value."""
    vault.run("backup", backup, "--force")
    vault.run("backup", "verify", backup)


@pytest.mark.parametrize("key", ["tenant", "root"])
def test_killing_the_replacement_of_a_key(filled, key, tmp_path):
    words = ("rotate", "--tenant-key", TENANT) if key == "tenant" else ("rotate", "--root-key")
    seconds = seconds_of(filled, *words)
    generator = random.Random(key)
    outcomes: Counter[int] = Counter()
    backup = str(tmp_path / "copy.backup")
    generations: list[int] = []
    for number in range(ROUNDS):
        process = filled.start(*words, stdin=subprocess.DEVNULL)
        outcomes[killed(process, generator.uniform(0, seconds * BEYOND))] += 1
        assert_nothing_is_lost(filled)
        if number % 10 == 0:
            assert_every_value_opens(filled, backup)
            started = time.monotonic()
            report = filled.json(*words)
            # How busy the machine is changes, and with it when a kill comes in time.
            seconds = time.monotonic() - started
            assert all(one["rows"] == 0 for one in report["remaining"]), report
            generations.append(report["generation"])
    assert generations == sorted(set(generations)), "a generation came twice"
    report = filled.json(*words)
    assert all(one["rows"] == 0 for one in report["remaining"])
    assert not filled.json(*words)["resumed"], "what the last run left was finished by it"
    assert_every_value_opens(filled, backup)
    print(f"{key}: {outcomes[-9]} kills, {outcomes[0]} runs to the end")
    assert outcomes[-9] >= ROUNDS // 3, f"too few kills came in time: {outcomes}"
    assert set(outcomes) <= {0, -9}, outcomes


def test_killing_a_shredding():
    """A tenant is whole, or on its way out and finished by the same command."""
    generator = random.Random(3)
    with Vault() as vault:
        vault.run("init", "--recovery", "none")
        for number in range(max(4, ROUNDS // 4)):
            vault.run("tenant", "create", TENANT)
            for secret in range(5):
                vault.run(
                    "--tenant", TENANT, "secret", "set", f"s{secret}", "--stdin", stdin=b"x"
                )
            words = ("tenant", "shred", TENANT, "--confirm", TENANT)
            process = vault.start(*words, stdin=subprocess.DEVNULL)
            killed(process, generator.uniform(0, 0.12))
            findings = vault.json("doctor")
            assert [one for one in findings if not one["ok"]] == [], number
            assert vault.json("audit", "verify", "--deep")["ok"]
            left = {one["name"]: one["state"] for one in vault.json("tenant", "list")}
            if TENANT in left:
                assert left[TENANT] in ("active", "shredding")
                report = vault.json(*words)
                assert report["key_copies"] == 0
            assert {one["name"] for one in vault.json("tenant", "list")} == {"default"}
            verdict = vault.json("audit", "verify", "--deep")
            assert verdict["ok"] and verdict["rows"]["untold"] == 0, verdict
