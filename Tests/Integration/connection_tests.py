"""Running `vault connection test`, and what every one of its reports must be like."""

from __future__ import annotations

import json

from accounts import ODD, Account
from connections import READER, connect
from scripted import forms_within

STEPS = [
    "config", "egress", "dns", "tcp", "greeting", "ehlo", "tls", "ehlo-tls", "pop", "auth",
    "sender", "recipient", "mail", "quit", "advisory",
]
TO_READER = ("--set", f"test_address={READER}")


def run_test(vault, *options: object, exit: int = 0, secrets: tuple[Account, ...] = (ODD,)):
    """Runs one test; gives its steps by name. Its JSON has the promised shape, and no secret."""
    done = vault.run("connection", "test", *options, "--json", check_exit=exit)
    report = json.loads(done.stdout)
    assert set(report) >= {"ok", "steps"} and report["ok"] == (exit == 0), report
    assert [one["step"] for one in report["steps"]] == STEPS
    for one in report["steps"]:
        assert set(one) == {"step", "status", "ms", "evidence", "cause", "action"}, one
        assert one["status"] in ("ok", "warn", "fail", "skipped"), one
        assert isinstance(one["ms"], int) and 0 <= one["ms"] < 60_000
        assert isinstance(one["evidence"], str) and one["evidence"].isprintable()
        if one["status"] in ("warn", "fail"):
            assert one["cause"] and one["action"], one
    for account in secrets:
        found = forms_within(done.stdout + done.stderr, account.password, account.user)
        assert found == [], done.stdout
    steps = {one["step"]: one for one in report["steps"]}
    failed = [name for name in STEPS if steps[name]["status"] == "fail"]
    assert bool(failed) == (exit == 1) and len(failed) <= 1, report
    if failed:
        for name in STEPS[STEPS.index(failed[0]) + 1:-2]:
            assert steps[name]["status"] == "skipped", report
    return steps


def failing(vault, step: str, *options: object, cause: str, action: str, **how) -> dict:
    """Runs a test that fails at `step`, whose cause and action contain these words."""
    steps = run_test(vault, *options, exit=1, **how)
    assert steps[step]["status"] == "fail", steps
    assert cause.lower() in steps[step]["cause"].lower(), steps[step]
    assert action.lower() in steps[step]["action"].lower(), steps[step]
    return steps[step]


def create(vault, name: str, port: int, encryption: str, account: Account | None, *options, **how):
    """A connection whose test address is READER."""
    words = () if any("test_address" in str(one) for one in options) else TO_READER
    connect(
        vault, name, port, encryption, account, *words, *options, secret=f"{name}-pass", **how
    )
    return f"{name}@production"
