"""Proves that the vault opens no connection that the operator has not permitted.

On an island where every address of the world answers: what is refused is refused with one text,
before any packet, whichever way the address was written, and whoever names it.
"""

from __future__ import annotations

import json
import time

import pytest

from accounts import Account
from connections import READER, SENDER, explained, set_secret
from island import Island
from vault import Vault

ACCOUNT = Account("egress@peers.test", "egress-secret-b81f")
PUBLIC = "93.184.215.14"
PUBLIC_6 = "2606:2800:21f:cb07:6820:80da:af6b:8b2c"

#: Addresses that are not the public internet, written in every way that somebody may try.
FORBIDDEN = [
    # loopback
    "127.0.0.1", "127.0.0.2", "127.255.255.254", "0.0.0.0", "::1", "::",
    # private, shared, link-local with the metadata services of clouds
    "10.0.0.1", "172.16.0.1", "172.31.255.254", "192.168.1.1", "100.64.0.1",
    "169.254.169.254", "169.254.170.2", "100.100.100.200", "168.63.129.16", "192.0.0.192",
    "fd00:ec2::254", "fd20:ce::254", "fe80::1", "fc00::1", "fec0::1",
    # IPv4 inside IPv6: mapped, compatible, NAT64, 6to4, Teredo
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:a9fe:a9fe", "::ffff:0:10.0.0.1", "::7f00:1",
    "64:ff9b::10.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::10.0.0.1", "2002:7f00:1::1",
    "2002:a9fe:a9fe::1", "2002:0a00:0001::", "2001:0:a00:1::f5ff:fffe",
    # multicast, broadcast, reserved, documentation
    "224.0.0.1", "255.255.255.255", "240.0.0.1", "198.18.0.1", "192.0.2.1", "203.0.113.7",
    "ff02::1", "2001:db8::1",
]
#: What inet_aton(3) and URL parsers take for an IPv4 address, and brackets.
ODD_LITERALS = [
    "0x7f.1", "0x7f000001", "2130706433", "017700000001", "127.1", "127.0.1", "0177.0.0.1",
    "0x7f.0x0.0x0.0x1", "127.0.0.01", "127.0.0.1.", "[::1]", "[::ffff:10.0.0.1]", "[127.0.0.1]",
    "0xa9fea9fe", "2852039166", "0251.0376.0251.0376", "169.254.43518", "localhost", "LOCALHOST.",
    "127.0.0.1%lo", "fe80::1%lo", "１２７.0.0.1", "127。0。0。1", "①⑦②.16.0.1",
]
#: What the listeners say, so that a connection that should not be ends soon.
GREETING = "220 island.test ESMTP\r\n"
DENIED_TEXT = "does not permit this destination"


@pytest.fixture(scope="module")
def island():
    with Island() as island:
        yield island


@pytest.fixture(scope="module")
def strict(island):
    """A vault on the island under the standard rules, with a server."""
    with Vault(launcher=island.launcher, environment={}) as vault:
        vault.json("init", "--recovery", "none")
        with vault.serve():
            yield vault


def create(vault, name: str, host: str, *options: object, port: int = 587, **how):
    return vault.run(
        "connection", "create", name, "--env", "production", "--host", host, "--port", port,
        "--from", SENDER, *(options or ("--encryption", "starttls")), **how,
    )


def attempt(vault, name: str) -> dict:
    report = vault.json(
        "send", "--connection", f"{name}@production", "--to", READER, "--subject", "x",
        "--text", "x", check_exit=None,
    )
    return report["attempts"][-1]


def assert_denied(attempt: dict) -> None:
    assert attempt["class"] == "config" and DENIED_TEXT in attempt["explanation"], attempt


def test_a_public_server_is_reached(island, strict, subject):
    """What the other tests are measured by: this network does carry connections."""
    island.reset({"mail.example.com": [[PUBLIC, PUBLIC_6]]}, greeting=GREETING)
    for number, host in enumerate([PUBLIC, PUBLIC_6, "mail.example.com"]):
        create(strict, f"{subject}-{number}", host)
        assert attempt(strict, f"{subject}-{number}")["class"] == "tls_downgrade"
        seen = island.seen()
        assert seen["opened"] == len(seen["connections"]) == number + 1
        assert seen["connections"][-1][2].startswith("EHLO "), seen
    assert {one[0] for one in seen["connections"]} <= {PUBLIC, PUBLIC_6}


def test_auto_without_starttls_sends_nothing(island, strict, subject):
    """`auto` on port 587 of another host: neither AUTH nor MAIL without TLS."""
    island.reset({"mail.example.com": [[PUBLIC]]}, greeting=GREETING)
    set_secret(strict, subject, ACCOUNT.password)
    create(
        strict, subject, "mail.example.com", "--username", ACCOUNT.user, "--secret", subject
    )
    assert "tls-not-offered" in attempt(strict, subject)["explanation"]
    (connection,) = island.seen()["connections"]
    assert connection[:2] == [PUBLIC, 587]
    assert connection[2].startswith("EHLO ") and "AUTH" not in connection[2]
    assert "MAIL" not in connection[2]


def test_addresses_that_are_not_public(island, strict, subject):
    """Each as a literal and as a name's answer: the same words, the same class, no packet."""
    names = {f"name-{number}.example.com": [[one]] for number, one in enumerate(FORBIDDEN)}
    island.reset(names, GREETING)
    texts: dict[str, list[str]] = {}
    for number, host in enumerate([*FORBIDDEN, *names]):
        created = create(strict, f"{subject}-{number}", host, check_exit=None)
        if created.exit != 0:
            assert created.exit == 2 and host in FORBIDDEN, (host, created)
            continue
        found = attempt(strict, f"{subject}-{number}")
        texts.setdefault(found["explanation"], []).append(host)
    assert len(texts) == 1 and DENIED_TEXT in min(texts), texts
    island.assert_quiet()
    assert len(set(island.seen()["asked"])) == len(names)


def test_odd_literals(island, strict, subject):
    """What another parser may take for an address is refused when saved, or when sent."""
    island.reset(greeting=GREETING)
    for number, host in enumerate(ODD_LITERALS):
        created = create(strict, f"{subject}-{number}", host, check_exit=None)
        if created.exit == 0:
            found = attempt(strict, f"{subject}-{number}")
            assert found["class"] == "config", (host, found)
        else:
            assert created.exit == 2, (host, created)
    island.assert_quiet()


def test_one_forbidden_answer_refuses_the_name(island, strict, subject):
    """A public address beside an internal one does not open the way to either."""
    answers = [[PUBLIC, "10.0.0.1"], ["10.0.0.1", PUBLIC], [PUBLIC, "fd00:ec2::254"],
               [PUBLIC, PUBLIC_6, "::ffff:169.254.169.254"]]
    names = {f"mixed-{number}.example.com": [one] for number, one in enumerate(answers)}
    island.reset(names, GREETING)
    for number in range(len(answers)):
        create(strict, f"{subject}-{number}", f"mixed-{number}.example.com")
        assert_denied(attempt(strict, f"{subject}-{number}"))
    island.assert_quiet()


def test_a_name_is_resolved_once_for_a_session(island, strict, subject):
    """DNS rebinding: what was checked is what is connected to; the next session checks again."""
    island.reset(
        {"rebinding.example.com": [[PUBLIC], ["127.0.0.1"]]}, greeting=GREETING
    )
    create(strict, subject, "rebinding.example.com")
    assert attempt(strict, subject)["class"] == "tls_downgrade"
    seen = island.seen()
    assert [one[0] for one in seen["connections"]] == [PUBLIC]
    assert seen["asked"].count("rebinding.example.com") == 2, "once for A and once for AAAA"
    assert_denied(attempt(strict, subject))
    assert island.seen()["opened"] == 1


def test_ports_that_are_not_for_mail(island, strict, subject):
    """A public address with a port of something else is refused in the same words."""
    island.reset(greeting=GREETING)
    for port in (22, 53, 80, 443, 2375, 3306, 6379, 8200, 11211, 65535):
        create(strict, f"{subject}-{port}", PUBLIC, port=port)
        assert_denied(attempt(strict, f"{subject}-{port}"))
    island.assert_quiet()


def test_the_operator_opens_the_way(island, subject):
    """What is refused by the rules is reached with them: the tests above do test the rules."""
    island.reset(greeting=GREETING)
    for networks, denied in (("10.0.0.2/32", True), ("10.0.0.0/8", False)):
        allowed = {"SIGNET_EGRESS_ALLOW": networks}
        with Vault(launcher=island.launcher, environment=allowed) as vault:
            vault.json("init", "--recovery", "none")
            create(vault, subject, "10.0.0.1")
            report = vault.json("connection", "test", f"{subject}@production", check_exit=1)
            assert attempt(vault, subject)["class"] == ("config" if denied else "tls_downgrade")
        failed = [one["step"] for one in report["steps"] if one["status"] == "fail"]
        assert failed == (["egress"] if denied else ["tls"]), report
    assert [one[0] for one in island.seen()["connections"]] == ["10.0.0.1"] * 2


def test_denials_look_alike(island, strict, subject):
    """Neither words nor time tell what is there: an open port, a closed one, or nothing."""
    island.reset({"internal.example.com": [["10.0.0.1"]]}, GREETING)
    hosts = ["127.0.0.1", "10.0.0.1", "169.254.169.254", "fd00:ec2::254", "internal.example.com"]
    times, texts = [], set()
    for number, host in enumerate(hosts):
        for port in (25, 587, 8080):
            create(strict, f"{subject}-{number}-{port}", host, port=port)
            started = time.monotonic()
            found = attempt(strict, f"{subject}-{number}-{port}")
            times.append(time.monotonic() - started)
            assert found["ms"] < 100
            texts.add((found["class"], found["phase"], found["code"], found["explanation"]))
    assert len(texts) == 1, texts
    island.assert_quiet()


# MARK: Other ways out


def test_pop3_servers(island, strict, subject):
    """The server of POP-before-SMTP is under the same rules, and is judged before it is asked."""
    island.reset({"mail.example.com": [[PUBLIC]], "pop.example.com": [["192.168.0.1"]]}, GREETING)
    set_secret(strict, subject, ACCOUNT.password)
    for number, host in enumerate(["127.0.0.1", "169.254.169.254", "pop.example.com", "::1"]):
        create(
            strict, f"{subject}-{number}", "mail.example.com", "--encryption", "starttls",
            "--set", "auth.mode=pop_before_smtp", "--set", f"pop3.host={host}",
            "--set", "pop3.encryption=implicit_tls", "--set", f"pop3.username={ACCOUNT.user}",
            "--set", f"pop3.secret_ref={subject}",
        )
        found = attempt(strict, f"{subject}-{number}")
        assert DENIED_TEXT in found["explanation"], found
    island.assert_quiet()


def test_token_endpoints(island, strict, subject):
    """A secret may name any endpoint: it is under the same rules, so the client's secret stays."""
    island.reset({"mail.example.com": [[PUBLIC]], "login.example.com": [["10.0.0.7"]]}, GREETING)
    endpoints = [
        "https://127.0.0.1/token", "https://169.254.169.254/latest/meta-data/",
        "https://[fd00:ec2::254]/token", "https://login.example.com/token",
        "https://[::ffff:10.0.0.1]/token", "https://10.0.0.1:587/token",
    ]
    texts = set()
    for number, endpoint in enumerate(endpoints):
        name = f"{subject}-{number}"
        secret = json.dumps({
            "client_id": "c", "client_secret": "s-e-c-r-e-t", "refresh_token": "r-e-f-r-e-s-h",
            "token_endpoint": endpoint,
        })
        done = strict.run(
            "secret", "set", name, "--kind", "oauth2-client", "--stdin", stdin=secret.encode(),
            check_exit=None,
        )
        assert done.exit in (0, 2), done
        if done.exit == 2:
            continue
        create(
            strict, name, "mail.example.com", "--username", ACCOUNT.user, "--secret", name
        )
        problem = strict.json(
            "send", "--connection", f"{name}@production", "--to", READER, "--subject", "x",
            "--text", "x", check_exit=None,
        )
        texts.add(problem["detail"])
    assert len(texts) == 1 and DENIED_TEXT in min(texts), texts
    island.assert_quiet()


def test_failover_targets(island, strict, subject):
    """When the first server cannot be reached, no forbidden one is tried in its place."""
    island.reset({"mail.example.com": [[PUBLIC]]}, GREETING)
    create(
        strict, subject, "mail.example.com", "--encryption", "starttls",
        "--set", "failover.targets=169.254.169.254:587,[::1]:587,10.0.0.2:25", port=2587,
    )
    assert attempt(strict, subject)["class"] in ("network", "config")
    seen = island.seen()
    assert (seen["opened"], seen["connections"]) == (1, []), seen


def test_unsaved_definitions(island, strict):
    """A test of a definition that nobody saved is no way to scan a network."""
    island.reset({"mail.example.com": [["172.16.0.9"]]}, greeting="220 internal\r\n")
    reports = set()
    for host in ("127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "mail.example.com"):
        path = strict.file("unsaved.json", json.dumps({
            "host": host, "port": 587, "encryption": "starttls", "from": {"address": SENDER},
        }).encode())
        report = strict.json("connection", "test", "--file", path, check_exit=1)
        (failed,) = [one for one in report["steps"] if one["status"] == "fail"]
        assert failed["step"] == "egress" and failed["cause"] and failed["action"]
        reports.add((failed["evidence"], failed["cause"], failed["action"]))
        dns = next(one for one in report["steps"] if one["step"] == "dns")
        assert "172.16" not in json.dumps(dns), "an internal answer is not shown"
    assert len(reports) == 1, reports
    island.assert_quiet()


def test_names_that_do_not_resolve(island, strict, subject):
    """A name that does not exist is asked for once more, and is another failure than a denial."""
    island.reset(greeting=GREETING)
    create(strict, subject, "nowhere.example.com")
    found = attempt(strict, subject)
    assert found["class"] == "config" and DENIED_TEXT not in found["explanation"]
    assert island.seen()["asked"].count("nowhere.example.com") in (2, 4)
    island.assert_quiet()


def test_refusals_are_explained_to_people(island, strict, subject):
    """Cause and remedy, and who decides."""
    island.reset(greeting=GREETING)
    create(strict, subject, "10.0.0.1")
    done = strict.run(
        "send", "--connection", f"{subject}@production", "--to", READER, "--subject", "x",
        "--text", "x", check_exit=None,
    )
    assert done.exit in (1, 7) and "SIGNET_EGRESS_ALLOW" in explained(done)
