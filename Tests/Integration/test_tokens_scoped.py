"""Proves that a token's conditions hold for real sends, in every way to the vault, and across processes."""

from __future__ import annotations

import json
import random
import re
import smtplib
import time
import tomllib
import zlib
from concurrent.futures import ThreadPoolExecutor

import poplib
import pytest

from dialogues import smtp
from processes import HOST, ROOT
from scripted import ScriptedServer

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
FROM = "alerts@example.org"


def create(vault, *options: object) -> dict:
    """Makes a token; gives what was printed of it."""
    return vault.json("token", "create", *options)


def acting(token: dict) -> dict[str, str]:
    """The environment of a command that acts with a token."""
    return {"SIGNET_TOKEN": token["token"]}


def send(vault, token: dict, *options: object, connection: str = "mail@test") -> tuple[int, dict]:
    """Sends one mail with a token; gives the exit status and what was printed."""
    words = ["send", "--connection", connection, "--subject", "s", "--text", "t", *options]
    if "--to" not in options:
        words += ["--to", "ops@example.net"]
    done = vault.run(*words, "--json", env=acting(token), check_exit=None)
    return done.exit, json.loads(done.stdout if done.exit == 0 else done.stderr)


@pytest.fixture
def mail(vault):
    """The vault with a connection to its sandbox, which permits any author."""
    vault.json(
        "connection", "create", "mail", "--env", "test", "--host", "localhost", "--from", FROM,
        "--set", "from_policy=any",
    )
    return vault


def captured(vault) -> int:
    return len(vault.json("sandbox", "list"))


@pytest.mark.parametrize("serves", [False, True], ids=["in process", "served"])
def test_conditions_of_mail(mail, serves):
    """Authors and recipients beyond the conditions are refused with their own codes."""
    token = create(
        mail, "--scope", "send:*@test", "--from", FROM, "--recipient-domain", "example.net",
        "--recipient-domain", "example.com",
    )
    assert list(token)[0] == "token" and token["scopes"] == ["send:*@test"]
    raw = mail.file("m.eml", b"From: boss@example.org\r\nTo: ops@example.net\r\n\r\nx\r\n")

    def check():
        refused = {
            ("--from", "boss@example.org"): "from-not-allowed",
            ("--to", "a@example.net", "--to", "b@example.info"): "recipient-not-allowed",
            ("--cc", "b@sub.example.net"): "recipient-not-allowed",
            ("--bcc", "b@example.org"): "recipient-not-allowed",
        }
        for options, code in refused.items():
            exit_status, problem = send(mail, token, *options)
            assert (exit_status, problem["code"], problem["status"]) == (4, code, 403), options
        done = mail.json(
            "send", "--connection", "mail@test", "--to", "ops@example.net", "--raw", raw,
            env=acting(token), check_exit=4,
        )
        assert done["code"] == "from-not-allowed"
        assert captured(mail) == 0
        for options in [(), ("--to", "a@EXAMPLE.com"), ("--from", "Alerts <ALERTS@example.org>")]:
            assert send(mail, token, *options)[0] == 0, options

    if serves:
        with mail.serve():
            check()
    else:
        check()
    assert captured(mail) == 3
    denied = mail.json("audit", "list", "--outcome", "denied")
    assert [entry["reason"] for entry in denied].count("recipient-not-allowed") == 3


def test_a_daily_limit_outlives_processes(mail):
    """Each command is a process of its own, and a server another: the count is one."""
    token = create(mail, "--scope", "send:*@test", "--daily", 3)
    child = mail.json("token", "attenuate", "--daily", 3, env=acting(token))
    assert [send(mail, one)[0] for one in (token, child)] == [0, 0]
    with mail.serve():
        assert send(mail, token)[0] == 0
        exit_status, problem = send(mail, child)
        assert (exit_status, problem["code"], problem["status"]) == (4, "quota-exceeded", 429)
    assert send(mail, token)[1]["code"] == "quota-exceeded"
    assert captured(mail) == 3


def test_a_rate_outlives_processes(mail):
    token = create(mail, "--scope", "send:*@test", "--rate", "2/h")
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: send(mail, token), range(4)))
    assert sorted(code for code, _ in results) == [0, 0, 4, 4]
    assert {problem["code"] for code, problem in results if code} == {"rate-limited"}
    with mail.serve():
        assert send(mail, token)[1]["code"] == "rate-limited"
    assert captured(mail) == 2


def test_uses_outlive_processes(mail):
    token = create(mail, "--scope", "connection:read", "--uses", 3)
    mail.run("token", "list", env=acting(token), check_exit=4)
    for _ in range(2):
        mail.run("connection", "list", env=acting(token))
    with mail.serve():
        mail.run("connection", "list", env=acting(token))
        problem = mail.json("connection", "list", env=acting(token), check_exit=4)
    assert problem["code"] == "unauthenticated"
    shown = mail.json("token", "show", token["accessor"])
    assert (shown["state"], shown["uses_left"]) == ("used-up", 0)


def test_nothing_reaches_a_server_that_the_conditions_forbid(vault):
    """What is refused is refused before there is a connection; what is not goes through."""
    token = create(
        vault, "--scope", "send:*@production", "--from", "@example.org",
        "--recipient-domain", "example.net",
    )
    with ScriptedServer(smtp()) as server:
        vault.json(
            "connection", "create", "out", "--env", "production", "--host", HOST, "--port",
            server.port, "--encryption", "none", "--from", FROM, "--set", "from_policy=any",
        )
        code, _ = send(vault, token, "--to", "a@example.com", connection="out@production")
        assert code == 4 and server.sessions == []
        code, _ = send(vault, token, "--from", "a@example.com", connection="out@production")
        assert code == 4 and server.sessions == []
        code, report = send(vault, token, connection="out@production")
        assert len(server.sessions) == 1 and b"RCPT TO:<ops@example.net>" in server.said, report


def test_networks_count_at_the_doors(mail):
    """This machine counts as loopback; at a TCP door the client's address does."""
    outside = create(
        mail, "--scope", "sandbox:send@default", "connection:read", "--cidr", "192.0.2.0/24"
    )
    inside = create(mail, "--scope", "sandbox:send@default", "connection:read", "--cidr", "127.0.0.0/8")
    for token, status in ((outside, 4), (inside, 0)):
        mail.run("connection", "list", env=acting(token), check_exit=status)
    with mail.serve() as server:
        for token, code in ((outside, 535), (inside, 235)):
            with smtplib.SMTP(HOST, server.port("sandbox-smtp"), timeout=15) as client:
                client.ehlo()
                try:
                    found = client.login("default", token["token"])[0]
                except smtplib.SMTPAuthenticationError as error:
                    found = error.smtp_code
                assert found == code


def test_revoking_ends_sessions_and_children(mail):
    """A session that is open when its token is revoked delivers and reads nothing more."""
    parent = create(mail, "--scope", "sandbox:send@default", "sandbox:read@default")
    child = mail.json("token", "attenuate", env=acting(parent))
    with mail.serve() as server:
        sender = smtplib.SMTP(HOST, server.port("sandbox-smtp"), timeout=15)
        sender.login("default", child["token"])
        sender.sendmail(FROM, ["a@example.net"], "Subject: before\r\n\r\nx\r\n")
        reader = poplib.POP3(HOST, server.port("pop3"), timeout=15)
        reader.user("default")
        reader.pass_(child["token"])
        assert len(reader.retr(1)[1]) > 0
        revoked = mail.json("token", "revoke", parent["accessor"])
        assert revoked["state"] == "revoked" and revoked["descendants"] == [child["accessor"]]
        began = time.monotonic()
        with pytest.raises(smtplib.SMTPException):
            sender.sendmail(FROM, ["a@example.net"], "Subject: after\r\n\r\nx\r\n")
        with pytest.raises(poplib.error_proto):
            reader.retr(1)
        assert time.monotonic() - began < 10
        sender.close()
        reader.close()
        for token in (parent, child):
            with smtplib.SMTP(HOST, server.port("sandbox-smtp"), timeout=15) as client:
                with pytest.raises(smtplib.SMTPAuthenticationError):
                    client.login("default", token["token"])
    assert [one["subject"] for one in mail.json("sandbox", "list")] == ["before"]


def test_last_use_is_written_by_each_command(mail):
    token = create(mail, "--scope", "connection:read")
    assert "last_used" not in mail.json("token", "show", token["accessor"])
    seen = []
    for _ in range(3):
        mail.run("connection", "list", env=acting(token))
        seen.append(mail.json("token", "show", token["accessor"])["last_used"])
    assert seen == sorted(set(seen)), "each use is later than the one before"


def test_attenuation_from_the_command_line(mail):
    parent = create(mail, "--scope", "send:a*@test", "--expires", "1h", "--from", "@example.org")
    narrower = mail.json(
        "token", "attenuate", "--scope", "send:ab@test", "--from", FROM, "--expires", "1m",
        env=acting(parent),
    )
    assert narrower["parent"] == parent["accessor"] and narrower["token"] != parent["token"]
    assert narrower["expires_at"] < parent["expires_at"]
    for options, dimension in {
        ("--scope", "send:b@test"): "scope send:b@test",
        ("--scope", "audit:read"): "scope audit:read",
        ("--from", "a@example.com"): "from",
        ("--expires", "2h"): "expires_at",
        ("--expires", "never"): "expires_at",
    }.items():
        problem = mail.json("token", "attenuate", *options, env=acting(parent), check_exit=4)
        assert problem["code"] == "wider-than-parent" and dimension in problem["detail"], problem
    by_operator = mail.json("token", "attenuate", parent["accessor"], "--uses", 1)
    assert by_operator["conditions"] == {"from": ["@example.org"], "uses": 1}
    assert mail.run("token", "attenuate", check_exit=None).exit == 2
    assert mail.run("token", "attenuate", "none", check_exit=None).exit == 3


# What a scanner finds

def checksum(text: str) -> str:
    value, digits = zlib.crc32(text.encode()), ""
    for _ in range(6):
        value, digit = divmod(value, 62)
        digits = DIGITS[digit] + digits
    return digits


def is_token(text: str) -> bool:
    return checksum(text[:60]) == text[61:]


def rule() -> re.Pattern[str]:
    """The expression of the rule that is shipped for gitleaks."""
    text = (ROOT / "docs" / "secret-scanning" / "gitleaks.toml").read_text()
    [shipped] = tomllib.loads(text)["rules"]
    assert shipped["keywords"] == ["sgt_"]
    return re.compile(shipped["regex"])


def test_the_scanner_rule_finds_every_token(mail):
    """Every token that is made, wherever it stands in a line."""
    found = rule()
    tokens = [create(mail, "--scope", "audit:read")["token"] for _ in range(40)]
    for text in ("{}", "x={};", "'{}'", "Authorization: Bearer {}\r\n", "/{}/", "\t{},"):
        for token in tokens:
            [hit] = found.findall(text.format(token))
            assert hit == token and is_token(hit)
    path = mail.file("leak.txt", "\n".join(f"line {token}" for token in tokens).encode())
    report = mail.json("token", "check", "--scan", path, check_exit=1)
    assert [one["accessor"] for one in report["findings"]] == [one[4:16] for one in tokens]
    assert [one["line"] for one in report["findings"]] == list(range(1, 41))
    assert not any(one in json.dumps(report) for one in tokens)


def test_the_scanner_rule_finds_nothing_else():
    """A million random strings of the same alphabet, and a million of the same form."""
    found, source = rule(), random.Random(20251113)

    def texts(letters: str, length: int):
        """A million strings of random letters."""
        table = bytes((letters * 5)[number].encode()[0] for number in range(256))
        for _ in range(1_000):
            block = source.randbytes(1_000 * length).translate(table).decode()
            for start in range(0, len(block), length):
                yield block[start : start + length]

    hits = sum(is_token(one) for text in texts(DIGITS + "_", 67) for one in found.findall(text))
    for run in texts(DIGITS, 61):
        [one] = found.findall(f"sgt_{run[:12]}_{run[12:55]}_{run[55:]}")
        hits += is_token(one)
    assert hits == 0


def test_scanning_large_files(mail):
    """Tokens across the borders of what is read at once are found, each once."""
    token = create(mail, "--scope", "audit:read")["token"]
    for size in (32_768, 32_767, 32_701, 32_700, 65_468, 100_000):
        for shift in (0, 1, 33, 66, 67, 68):
            before = max(0, size - shift)
            content = b"\n" * (before - 1) + b" " + token.encode() + b"\n" + b"." * 40_000
            report = mail.json(
                "token", "check", "--scan", "-", stdin=content, check_exit=1
            )
            [finding] = report["findings"]
            assert (finding["line"], finding["column"]) == (before, 2), (size, shift)
    clean = mail.file("clean", b"sgt_" * 100_000)
    assert mail.json("token", "check", "--scan", clean)["findings"] == []
    mail.run("token", "check", "--scan", mail.folder / "none", check_exit=2)
