"""Hooks of `vault rotate`: small programs that change passwords of the Dovecot under test."""

from __future__ import annotations

from pathlib import Path

from vault import Vault

_PROGRAM = '''\
#!/usr/bin/python3
"""Usage: HOOK FOLDER STRATEGY. Changes the password of a user in Dovecot's slots."""
import json, os, sys

folder, strategy = sys.argv[1:3]
told = json.load(sys.stdin)
slots = [f"{folder}/passwords-{number}/%s" for number in range(3)]


def held(user):
    """The password in each slot."""
    found = []
    for slot in slots:
        try:
            with open(slot % user) as file:
                found.append(json.load(file)["password"].removeprefix("{PLAIN}"))
        except FileNotFoundError:
            found.append(None)
    return found


def put(slot, user, password):
    """Replaces one slot in one step."""
    path = slots[slot] % user
    with open(f"{path}.hook", "w") as file:
        json.dump({"password": "{PLAIN}" + password}, file)
    os.chmod(f"{path}.hook", 0o644)
    os.rename(f"{path}.hook", path)


user = told["username"]
passwords = held(user)
if told["step"] == "retire":
    if told["old"] in passwords:
        os.unlink(slots[passwords.index(told["old"])] % told["old_username"])
elif strategy != "multi":
    put(0, user, told["new"])
elif told["new"] not in passwords:
    # Any slot but that of the old one, which stays valid.
    old = passwords.index(told["old"]) if told["old"] in passwords else -1
    put(next(slot for slot in range(3) if slot != old), user, told["new"])
'''


def dovecot_hook(vault: Vault, dovecot, strategy: str, then: str = "") -> str:
    """A hook as `--hook` takes it; `then` are further lines of Python at its end."""
    program = vault.file(f"hook-{strategy}.py", (_PROGRAM + then).encode())
    program.chmod(0o700)
    return f"'{program}' '{dovecot.folder}' {strategy}"


def script_hook(vault: Vault, name: str, lines: str) -> Path:
    """A hook of a few lines of shell."""
    program = vault.file(name, f"#!/bin/sh\n{lines}\n".encode())
    program.chmod(0o700)
    return program
