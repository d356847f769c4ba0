"""Proves the scripted part of the harness: what judges the vault has to be right itself."""

from __future__ import annotations

import base64
import json
import poplib
import smtplib
import socket
import ssl
import subprocess
import urllib.parse
import urllib.request

import pytest

from accounts import LONG, ODD, PLAIN, UNICODE, Account
from clients import Mail, Server, send_with_msmtp
from dialogues import TIMESTAMP, pop3, smtp
from island import Island
from peers import HOST
from proxies import Proxy, Recorder
from sasl import Authenticator
from scripted import ScriptedServer, forms_within, server_context
from tokens import CLIENT_ID, CLIENT_SECRET

OF_MSMTP = ["PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256", "XOAUTH2", "OAUTHBEARER"]
MAIL = Mail.simple("writer@peers.test", "reader@peers.test", "harness")


# MARK: Scripted servers


@pytest.mark.parametrize("mechanism", OF_MSMTP)
@pytest.mark.parametrize("account", [ODD, UNICODE, LONG], ids=["odd", "unicode", "long"])
def test_the_authenticator_agrees_with_another_client(certificates, mechanism, account):
    """GNU SASL in msmtp logs in with each mechanism that it has, and not with a wrong password."""
    if account is UNICODE and mechanism == "CRAM-MD5":
        account = ODD
    authenticator = Authenticator(account, (mechanism,))
    with ScriptedServer(smtp(server_context(certificates.good), authenticator)) as server:
        for password, failure in ((account.password, None), ("wrong", "authentication")):
            client = Server(
                server.port, "starttls", certificates.authority, Account(account.user, password),
                mechanism,
            )
            outcome = send_with_msmtp(client, MAIL)
            assert outcome.failure == failure, (outcome.transcript, authenticator.failures)
    assert authenticator.succeeded == [mechanism] and len(authenticator.failures) == 1


def test_scripts_replace_single_steps(certificates):
    """A mail goes through, byte for byte; a replaced step says what it is told."""
    tls = server_context(certificates.good)
    context = ssl.create_default_context(cafile=certificates.authority)
    with ScriptedServer(smtp(tls, mail=b"550 5.7.1 no\r\n")) as server:
        with smtplib.SMTP("localhost", server.port) as client:
            client.starttls(context=context)
            client.ehlo()
            assert client.mail("a@peers.test") == (550, b"5.7.1 no")
        (session,) = server.sessions
        assert b"STARTTLS" in session.heard_in_clear
        assert b"mail FROM" not in session.heard_in_clear and b"mail FROM" in session.heard


def test_scripted_servers_end_whoever_is_there():
    """Neither a silent client nor one that is being dripped at holds up the end."""
    def drip(session):
        session.say(b"220 ")
        session.drip(b"x" * 1000, 60)

    with ScriptedServer(drip) as server:
        clients = [socket.create_connection((HOST, server.port), timeout=5) for _ in range(3)]
        assert [client.recv(4) for client in clients] == [b"220 "] * 3
    assert [client.recv(4) for client in clients] == [b""] * 3
    for client in clients:
        client.close()


def test_the_pop3_script(certificates):
    """Python's poplib logs in by APOP and by password."""
    with ScriptedServer(pop3(PLAIN, server_context(certificates.good))) as server:
        for login in ("apop", "user"):
            client = poplib.POP3("localhost", server.port)
            assert TIMESTAMP in client.getwelcome() and "STLS" in client.capa()
            client.stls(ssl.create_default_context(cafile=certificates.authority))
            if login == "apop":
                client.apop(PLAIN.user, PLAIN.password)
            else:
                client.user(PLAIN.user)
                client.pass_(PLAIN.password)
            client.quit()
    assert all(PLAIN.password.encode() not in one.heard_in_clear for one in server.sessions)


def test_forms_are_found():
    """The search finds each form of a secret in what surrounds it."""
    secret, user = "p/ss +wörd", "someone"
    plain = f"\0{user}\0{secret}".encode()
    found = {
        "plain": secret.encode(), "base64": base64.b64encode(secret.encode()),
        "hex": secret.encode().hex().encode(), "url": urllib.parse.quote(secret, "").encode(),
        "AUTH PLAIN": base64.b64encode(plain),
    }
    for name, form in found.items():
        assert name in forms_within(b"x " + form + b" y", secret, user), name
    assert forms_within(b"nothing of the kind", secret, user) == []


# MARK: Peers


@pytest.mark.parametrize("port, expected", [
    ("good", None), ("tls12", None), ("expired", "expired"), ("not_yet_valid", "not yet valid"),
    ("wrong_name", "mismatch"), ("common_name_only", "mismatch"), ("untrusted", "self-signed"),
    ("tls11", "version|legacy|unsupported|internal"),
])
def test_stunnel_has_every_flaw(certificates, stunnel, port, expected):
    """Python's ssl takes the good ones and names the flaw of the others."""
    context = ssl.create_default_context(cafile=certificates.authority)
    if expected is None:
        with smtplib.SMTP_SSL("localhost", stunnel.port(port), context=context) as client:
            assert client.sock.version() == {"good": "TLSv1.3", "tls12": "TLSv1.2"}[port]
            assert client.ehlo()[0] == 250
        return
    with pytest.raises(ssl.SSLError) as raised:
        smtplib.SMTP_SSL("localhost", stunnel.port(port), context=context)
    words = str(raised.value).replace("self signed", "self-signed").lower()
    assert any(one in words for one in expected.split("|")), words


def test_stunnel_speaks_starttls(certificates, stunnel):
    """The good one, and a bad one."""
    for port, error in (("starttls", None), ("starttls_untrusted", ssl.SSLCertVerificationError)):
        with smtplib.SMTP("localhost", stunnel.port(port)) as client:
            context = ssl.create_default_context(cafile=certificates.authority)
            if error:
                with pytest.raises(error):
                    client.starttls(context=context)
            else:
                client.starttls(context=context)
                assert client.ehlo()[0] == 250


@pytest.mark.parametrize("mechanism", ["XOAUTH2", "OAUTHBEARER"])
def test_dovecot_takes_tokens(certificates, submission, issuer, mechanism):
    """An access token that the issuer gave logs in the user it was given for, another does not."""
    secret = json.loads(issuer.secret(PLAIN.user))
    form = {
        "grant_type": "refresh_token", "refresh_token": secret["refresh_token"],
        "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET,
    }
    url = secret["token_endpoint"]
    context = ssl.create_default_context(cafile=certificates.authority)
    with urllib.request.urlopen(
        url, urllib.parse.urlencode(form).encode(), context=context
    ) as answer:
        token = json.load(answer)["access_token"]
    for user, password, failure in (
        (PLAIN.user, token, None), (ODD.user, token, "authentication"),
        (PLAIN.user, "nobody's", "authentication"),
    ):
        client = Server(
            submission.port("submission"), "starttls", certificates.authority,
            Account(user, password), mechanism,
        )
        assert send_with_msmtp(client, MAIL).failure == failure


def test_dovecot_takes_certificates(certificates, submission):
    """EXTERNAL logs in the name in the certificate; without one it fails."""
    for identity, code in ((certificates.client(PLAIN.user), 235), (None, 535)):
        context = ssl.create_default_context(cafile=certificates.authority)
        if identity:
            context.load_cert_chain(identity.certificate, identity.key)
        port = submission.port("submissions")
        with smtplib.SMTP_SSL("localhost", port, context=context) as client:
            client.ehlo()
            assert client.docmd("AUTH", "EXTERNAL =")[0] == code


# MARK: Proxies and recorder


@pytest.mark.parametrize("kind, option", [("socks5", "--socks5"), ("http_connect", "--proxy")])
def test_proxies_serve_curl(kind, option):
    """curl gets through with the right login, and not with a wrong one."""
    with ScriptedServer(smtp()) as server, Proxy(kind, login=("user", "pass")) as proxy:
        for login, code in (("user:pass", 0), ("user:wrong", None)):
            done = subprocess.run(
                ["curl", "-sS", "--max-time", "10", option, f"{HOST}:{proxy.port}",
                 "--proxy-user", login, "--proxytunnel", f"smtp://{HOST}:{server.port}",
                 "--mail-from", "a@peers.test", "--mail-rcpt", "b@peers.test", "-T", "-"],
                input=MAIL.wire_form, capture_output=True,
            )
            assert done.returncode == code or (code is None and done.returncode), done.stderr
    assert proxy.asked[0] == (HOST, server.port)
    assert b"Subject: harness" in server.said


def test_a_recorder_keeps_both_ways():
    with ScriptedServer(smtp()) as server, Recorder(server.port) as recorder:
        with smtplib.SMTP(HOST, recorder.port) as client:
            client.sendmail("a@peers.test", ["b@peers.test"], MAIL.wire_form)
    assert recorder.sent == server.heard
    assert recorder.answered[0].startswith(b"220 ") and b"354 " in recorder.answered[0]


# MARK: The island


ASK = """\
import socket, sys
for host in sys.argv[1:]:
    try:
        socket.create_connection((host, 587), timeout=5).close()
        print("reached")
    except OSError as error:
        print(type(error).__name__)
"""


def test_an_island_has_every_address_and_no_way_out(postfix):
    """Any address answers there, names are the test's, and this machine's ports are not there."""
    def ask(*hosts: str) -> list[str]:
        command = [*island.launcher, "/usr/bin/python3", "-c", ASK, *hosts]
        return subprocess.run(command, capture_output=True, text=True).stdout.split()

    with Island() as island:
        island.reset({"a.example.com": [["192.0.2.1"], ["2001:db8::2"]]})
        island.assert_quiet()
        assert ask("8.8.8.8", "::1", "fd00:ec2::254", "a.example.com") == ["reached"] * 4
        seen = island.seen()
        assert [one[0] for one in seen["connections"]] == [
            "8.8.8.8", "::1", "fd00:ec2::254", "192.0.2.1"
        ]
        assert seen["opened"] == 4
        assert ask("a.example.com", "b.example.com") == ["reached", "gaierror"]
        assert island.seen()["connections"][-1][0] == "2001:db8::2"
        script = f"import socket; socket.create_connection(('{HOST}', {postfix.port('smtp')}))"
        done = subprocess.run(
            [*island.launcher, "/usr/bin/python3", "-c", script], capture_output=True, text=True
        )
        assert "ConnectionRefusedError" in done.stderr
        with pytest.raises(AssertionError):
            island.assert_quiet()
