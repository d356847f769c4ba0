"""Proves that sessions go through the operator's proxy, and that it learns addresses alone."""

from __future__ import annotations

import pytest

from accounts import ODD, PLAIN
from connections import connect, connect_with_token, pop3_options, send, set_secret
from dialogues import pop3, smtp
from peers import HOST
from proxies import Proxy
from scripted import ScriptedServer, forms_within
from vault import PEERS_EGRESS, Vault

KINDS = {"socks5": "socks5", "http_connect": "http"}
LOGIN = ("proxyuser", "pr0xy:pass/word")


@pytest.fixture(params=KINDS)
def kind(request):
    return request.param


def behind(proxy: Proxy, kind: str, vault: Vault, login: tuple[str, str] | None = None):
    """What the operator sets so that `office` is this proxy."""
    place = f"{KINDS[kind]}://{HOST}:{proxy.port}"
    if login:
        path = vault.file("proxy-password", login[1].encode())
        place = f"{KINDS[kind]}://{login[0]}@{HOST}:{proxy.port}#{path}"
    return {**PEERS_EGRESS, "SIGNET_PROXIES": f"office={place}"}


def connect_through(vault, port: int, *options: object, encryption: str = "starttls", **how):
    return connect(
        vault, "mail", port, encryption, how.pop("account", ODD), "--set", "proxy=office",
        *options, **how,
    )


@pytest.mark.parametrize("door", [("submission", "starttls"), ("smtps", "implicit_tls")])
def test_mail_goes_through_the_proxy(vault, subject, postfix, kind, door):
    """The proxy is asked once for the server's address; TLS and login are with the server."""
    port, encryption = door
    with Proxy(kind) as proxy:
        vault.environment = behind(proxy, kind, vault)
        connect_through(vault, postfix.port(port), encryption=encryption)
        assert send(vault, "mail@production", subject, check_exit=0)["status"] == "sent"
        assert proxy.asked == [(HOST, postfix.port(port))]
    postfix.wait_for_mail("reader@peers.test", subject)


def test_a_name_is_resolved_here(vault, subject, postfix, kind):
    """The proxy gets the checked address, never the name that it could resolve otherwise."""
    with Proxy(kind) as proxy:
        vault.environment = behind(proxy, kind, vault)
        connect_through(vault, postfix.port("submission"), host="localhost")
        assert send(vault, "mail@production", subject, check_exit=0)["status"] == "sent"
        assert {host for host, _ in proxy.asked} <= {HOST, "::1"}


def test_a_proxy_with_a_login(vault, subject, postfix, kind):
    """The password comes from a file of the operator; a wrong one is a failure of the proxy."""
    for given, status in ((LOGIN, "sent"), ((LOGIN[0], "wrong"), "failed")):
        with Proxy(kind, LOGIN) as proxy:
            vault.environment = behind(proxy, kind, vault, given)
            if status == "sent":
                connect_through(vault, postfix.port("submission"))
            report = send(vault, "mail@production", subject)
            assert report["status"] == status, report
    attempt = report["attempts"][-1]
    assert attempt["class"] == "network" and "proxy" in attempt["explanation"]
    assert forms_within(str(report).encode(), LOGIN[1]) == []


def test_a_proxy_that_refuses(vault, subject, kind):
    """The failure names the proxy; the server is not connected to directly instead."""
    with Proxy(kind, refuse=True) as proxy, ScriptedServer(smtp()) as server:
        vault.environment = behind(proxy, kind, vault)
        connect_through(vault, server.port, encryption="none", account=None)
        report = send(vault, "mail@production", subject)
        assert len(proxy.asked) == 1
    assert "proxy" in report["attempts"][-1]["explanation"] and server.sessions == []


def test_a_proxy_that_is_gone(vault, subject, kind):
    """Nothing listens where the operator says."""
    with Proxy(kind) as proxy:
        vault.environment = behind(proxy, kind, vault)
    with ScriptedServer(smtp()) as server:
        connect_through(vault, server.port, encryption="none", account=None)
        report = send(vault, "mail@production", subject)
    assert report["attempts"][-1]["class"] == "network" and server.sessions == []


HOSTILE = {
    "socks5": [b"\5\xff", b"\4\0", b"\5\0\5\0\0\3\xff" + b"x" * 300, b"HTTP/1.1 200 OK\r\n\r\n",
               b"\5\0" + b"\5\0\0\1" + bytes(6) + b"220 injected\r\n", b""],
    "http_connect": [b"HTTP/1.1 407 no\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000,
                     b"220 smtp\r\n\r\n", b"HTTP/1.1 " + b"1" * 70_000, b"\5\0\r\n\r\n",
                     b"HTTP/1.1 200 OK\r\n\r\n\x16\x03\x01", b""],
}


def test_hostile_proxies(vault, subject, kind):
    """A proxy that answers anything else ends the session, soon, and hears no credential."""
    for words in HOSTILE[kind]:
        def behave(session, words=words):
            session.hear_octets(3)
            session.say(words)
            if words:
                session.listen_out()

        with ScriptedServer(behave) as proxy:
            vault.environment = behind(proxy, kind, vault)
            if vault.json("connection", "list") == []:
                connect_through(vault, 587, "--set", "timeouts.connect_ms=5000",
                                encryption="implicit_tls")
            report = send(vault, "mail@production", subject)
        assert report["status"] == "failed", (words, report)
        assert forms_within(proxy.said, ODD.password, ODD.user) == []


def test_an_unknown_proxy(vault, subject):
    """A name that the operator has not defined is refused, and nothing is connected to."""
    with ScriptedServer(smtp()) as server:
        connect_through(vault, server.port, encryption="none", account=None)
        done = vault.run(
            "send", "--connection", "mail@production", "--to", "reader@peers.test",
            "--subject", subject, "--text", "x", check_exit=None,
        )
    assert done.exit != 0 and server.sessions == []
    assert b"office" in done.stdout + done.stderr


def test_what_is_forbidden_is_forbidden_behind_a_proxy_too(vault, subject, kind):
    """The proxy is the operator's and may be anywhere; the server behind it may not."""
    with Proxy(kind) as proxy:
        allowed = behind(proxy, kind, vault)
        vault.environment = {"SIGNET_PROXIES": allowed["SIGNET_PROXIES"]}
        connect_through(vault, 587, host="10.0.0.1")
        attempt = send(vault, "mail@production", subject)["attempts"][-1]
        assert attempt["class"] == "config" and "permit" in attempt["explanation"]
        assert proxy.asked == []


def test_pop3_and_token_endpoints_go_the_same_way(vault, subject, certificates, issuer, kind):
    """Every session of a connection shares its way out."""
    with (
        Proxy(kind) as proxy, ScriptedServer(pop3(PLAIN)) as pop, ScriptedServer(smtp()) as server
    ):
        vault.environment = behind(proxy, kind, vault)
        set_secret(vault, "pop-pass", PLAIN.password)
        connect(
            vault, "pop", server.port, "none", None, "--set", "proxy=office",
            "--set", "auth.allow_insecure_auth=true",
            *pop3_options(pop.port, "none", PLAIN, "pop-pass"),
        )
        assert send(vault, "pop@production", subject)["status"] == "sent"
        assert proxy.asked == [(HOST, pop.port), (HOST, server.port)]
        connect_with_token(
            vault, "token", server.port, "starttls", PLAIN.user, issuer.secret(PLAIN.user),
            "--set", "proxy=office",
        )
        send(vault, "token@production", subject)
        assert (HOST, issuer.port) in proxy.asked


def test_a_token_cannot_choose_the_way(vault, subject, postfix):
    """Proxy and source address are the operator's alone."""
    connect(vault, "mail", postfix.port("submission"), "starttls", ODD)
    scopes = [word for one in ("connection:read", "connection:write") for word in ("--scope", one)]
    token = vault.file("token", vault.json("token", "create", *scopes)["token"].encode())
    for field in ("proxy=office", "source_ip=127.0.0.2"):
        done = vault.run(
            "connection", "update", "mail@production", "--set", field, "--token-file", token,
            check_exit=4,
        )
        assert b"error" in done.stderr
