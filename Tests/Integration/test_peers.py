"""Proves the harness itself: before a peer says something about Signet, it has to work."""

from __future__ import annotations

import hashlib
import imaplib
import os
import poplib
import re
import shutil
import signal
import smtplib
import socket
import ssl
import subprocess
import sys
from pathlib import Path

import pytest

import processes
from accounts import ACCOUNTS, ODD, UNICODE, Account
from clients import CLIENTS, NAME_CHECKING_CLIENTS, Mail, Server, send_with_msmtp, send_with_smtplib
from peers import DEFERRED, HOST, REFUSED, Dovecot, Exim, PeerError, Postfix, SMTPSink
from processes import Process, free_ports, is_free, wait_until
from stunnel import Stunnel

DOORS = [
    ("postfix", "submission", "starttls"), ("postfix", "smtps", "tls"),
    ("exim", "smtp", "starttls"), ("exim", "smtps", "tls"),
]
RECIPIENT = "reader@peers.test"


@pytest.fixture(params=DOORS, ids="-".join)
def door(request, certificates):
    """A running peer, and what makes the `Server` for one of its ports and an account."""
    name, port, security = request.param
    peer = request.getfixturevalue(name)

    def server(account: Account | None, mechanism: str | None = None) -> Server:
        return Server(peer.port(port), security, certificates.authority, account, mechanism)

    return peer, server


def mail(request) -> Mail:
    """A mail whose subject is the name of the running test."""
    return Mail.simple("writer@peers.test", RECIPIENT, subject(request))


def subject(request) -> str:
    return re.sub(r"[^a-z0-9]+", "-", request.node.name.lower())


# MARK: Sending


@pytest.mark.parametrize("account", ACCOUNTS.values(), ids=ACCOUNTS.keys())
@pytest.mark.parametrize("client", CLIENTS.values(), ids=CLIENTS.keys())
def test_every_client_logs_in_and_its_mail_arrives(request, door, client, account):
    peer, server = door
    outcome = client(server(account), mail(request))
    assert outcome.accepted, outcome.transcript
    arrived = peer.wait_for_mail(RECIPIENT, subject(request))
    assert arrived.get_content() == "Hello.\n"


@pytest.mark.parametrize("client", CLIENTS.values(), ids=CLIENTS.keys())
def test_every_client_sends_without_a_login_in_plain(request, client, postfix):
    outcome = client(Server(postfix.port("smtp"), "plain"), mail(request))
    assert outcome.accepted, outcome.transcript
    postfix.wait_for_mail(RECIPIENT, subject(request))


@pytest.mark.parametrize("client", CLIENTS.values(), ids=CLIENTS.keys())
def test_a_wrong_password_is_refused(request, door, client):
    peer, server = door
    outcome = client(server(Account(ODD.user, ODD.password + "x")), mail(request))
    assert outcome.failure == "authentication", outcome.transcript


def test_a_client_without_a_login_is_refused(request, door):
    peer, server = door
    outside = Mail.simple("writer@peers.test", "someone@other.test", subject(request))
    outcome = send_with_smtplib(server(None), outside)
    assert outcome.failure == "other" and "someone@other.test" in outcome.transcript


@pytest.mark.parametrize("door", DOORS[::2], indirect=True, ids="-".join)
def test_auth_is_offered_under_tls_only(door, certificates):
    peer, server = door
    with smtplib.SMTP("localhost", server(None).port) as client:
        client.ehlo()
        assert not client.has_extn("auth")
        client.starttls(context=ssl.create_default_context(cafile=certificates.authority))
        client.ehlo()
        assert client.has_extn("auth")


MECHANISMS = ["PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256"]


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_postfix_takes_each_mechanism(request, mechanism, postfix, certificates):
    server = Server(
        postfix.port("submission"), "starttls", certificates.authority, UNICODE, mechanism
    )
    outcome = send_with_msmtp(server, mail(request))
    assert outcome.accepted, outcome.transcript


@pytest.mark.parametrize("door", DOORS[::2], indirect=True, ids="-".join)
def test_recipients_are_refused_and_deferred(door, certificates):
    peer, server = door
    with smtplib.SMTP("localhost", server(None).port) as client:
        client.starttls(context=ssl.create_default_context(cafile=certificates.authority))
        client.ehlo()
        client.login(ODD.user, ODD.password)
        refused = client.sendmail("a@peers.test", [RECIPIENT, REFUSED, DEFERRED], "Subject: x\n\nx")
    codes = {address: code for address, (code, _) in refused.items()}
    assert codes == {REFUSED: 550, DEFERRED: 451}


def test_smtp_sink_takes_mail(request):
    with SMTPSink() as sink:
        outcome = send_with_smtplib(Server(sink.port("smtp"), "plain"), mail(request))
    assert outcome.accepted, outcome.transcript


# MARK: Certificates


@pytest.fixture(scope="module", params=["expired", "not_yet_valid", "wrong_name", "untrusted"])
def bad_exim(request, certificates):
    with Exim(certificates, getattr(certificates, request.param)) as exim:
        yield request.param, exim


@pytest.mark.parametrize("client", CLIENTS.keys())
def test_every_client_refuses_a_bad_certificate(request, client, bad_exim, certificates):
    flaw, exim = bad_exim
    if flaw == "wrong_name" and client not in NAME_CHECKING_CLIENTS:
        pytest.skip(f"{client} does not check the name")
    for port, security in (("smtp", "starttls"), ("smtps", "tls")):
        server = Server(exim.port(port), security, certificates.authority, ODD)
        outcome = CLIENTS[client](server, mail(request))
        assert outcome.failure == "certificate", outcome.transcript


@pytest.mark.parametrize("flaw", ["expired", "common_name_only"])
def test_postfix_and_dovecot_take_a_bad_certificate(flaw, certificates):
    identity = getattr(certificates, flaw)
    context = ssl.create_default_context(cafile=certificates.authority)
    with Dovecot(certificates, identity) as dovecot, Postfix(
        certificates, dovecot, identity
    ) as postfix:
        with pytest.raises(ssl.SSLCertVerificationError):
            smtplib.SMTP_SSL("localhost", postfix.port("smtps"), context=context)
        with pytest.raises(ssl.SSLCertVerificationError):
            poplib.POP3_SSL("localhost", dovecot.port("pop3s"), context=context)


def test_a_fingerprint_is_that_of_the_certificate_served(certificates, exim):
    context = ssl.create_default_context(cafile=certificates.authority)
    with smtplib.SMTP_SSL("localhost", exim.port("smtps"), context=context) as client:
        served = client.sock.getpeercert(binary_form=True)
    pem = certificates.good.certificate.read_text()
    assert served == ssl.PEM_cert_to_DER_cert(pem)
    assert certificates.fingerprint(certificates.good) == hashlib.sha256(served).hexdigest()


# MARK: Rotation


@pytest.mark.parametrize("door", DOORS[::2], indirect=True, ids="-".join)
def test_passwords_change_at_once(door, dovecot):
    peer, server = door
    keeper = dovecot if isinstance(peer, Postfix) else peer
    user = "rotating@peers.test"

    def is_valid(password: str) -> bool:
        server_now = server(Account(user, password), "PLAIN")
        outcome = send_with_smtplib(server_now, Mail.simple("a@peers.test", RECIPIENT, "rotation"))
        assert outcome.failure in (None, "authentication"), outcome.transcript
        return outcome.accepted

    assert not is_valid("password-0")
    keeper.set_password(user, "password-0")
    for step in range(5):
        old, new = f"password-{step}", f"password-{step + 1}"
        assert is_valid(old) and not is_valid(new)
        keeper.set_passwords(user, [new, old])
        assert is_valid(old) and is_valid(new)
        keeper.set_password(user, new)
        assert not is_valid(old) and is_valid(new)
    keeper.set_passwords(user, [])
    assert not is_valid("password-5")


# MARK: Dovecot


def test_dovecot_serves_what_it_delivered(request, postfix, dovecot, certificates):
    outcome = send_with_smtplib(
        Server(postfix.port("smtp"), "plain"),
        Mail("a@peers.test", (ODD.user + "@peers.test",), mail(request).message),
    )
    assert outcome.accepted, outcome.transcript
    postfix.wait_for_mail(ODD.user + "@peers.test", subject(request))
    reader = Account(ODD.user + "@peers.test", "reads, writes")
    dovecot.set_password(reader.user, reader.password)
    context = ssl.create_default_context(cafile=certificates.authority)

    pop3 = poplib.POP3_SSL("localhost", dovecot.port("pop3s"), context=context)
    pop3.user(reader.user)
    pop3.pass_(reader.password)
    assert f"Subject: {subject(request)}".encode() in pop3.retr(1)[1]
    pop3.quit()
    with imaplib.IMAP4("localhost", dovecot.port("imap")) as imap:
        imap.starttls(context)
        imap.login(reader.user, reader.password)
        assert imap.select()[1] == [b"1"]


def test_dovecot_submits_to_a_relay(request, certificates, exim):
    with Dovecot(certificates, relay_port=exim.port("smtp")) as dovecot:
        for port, security in (("submission", "starttls"), ("submissions", "tls")):
            server = Server(dovecot.port(port), security, certificates.authority, ODD)
            name = f"{subject(request)}-{security}"
            outcome = send_with_smtplib(server, Mail.simple("a@peers.test", RECIPIENT, name))
            assert outcome.accepted, outcome.transcript
            exim.wait_for_mail(RECIPIENT, name)


# MARK: Beginning and end


def make_peer(name: str, certificates, dovecot):
    return {
        "dovecot": lambda: Dovecot(certificates),
        "postfix": lambda: Postfix(certificates, dovecot),
        "exim": lambda: Exim(certificates),
        "sink": lambda: SMTPSink(),
        "stunnel": lambda: Stunnel(certificates, dovecot.port("pop3")),
    }[name]()


PEERS = ["dovecot", "postfix", "exim", "sink", "stunnel"]


def assert_nothing_is_left(pids: list[int], ports: list[int], folder: Path) -> None:
    assert [pid for pid in pids if Path("/proc", str(pid)).exists()] == []
    assert [port for port in ports if not is_free(port)] == []
    assert not folder.exists()


@pytest.mark.parametrize("name", PEERS)
@pytest.mark.parametrize("error", [None, AssertionError, KeyboardInterrupt])
def test_nothing_is_left_of_a_peer(name, error, certificates, dovecot):
    with pytest.raises(error or ZeroDivisionError):
        with make_peer(name, certificates, dovecot) as peer:
            pids, ports, folder = peer.process.pids, list(peer.ports.values()), peer.folder
            assert pids and peer.process.owns(ports) and folder.exists()
            # A session in the middle of something, with the processes that serve it.
            client = socket.create_connection((HOST, ports[-1]), timeout=5)
            pids = sorted({*pids, *peer.process.pids})
            raise error or ZeroDivisionError
    client.close()
    assert_nothing_is_left(pids, ports, folder)


KILLED_TEST = """
import time
from peers import Certificates, Dovecot, Postfix
with Certificates() as certificates, Dovecot(certificates) as dovecot, \\
        Postfix(certificates, dovecot) as postfix:
    print(certificates.folder)
    for peer in (dovecot, postfix):
        print(peer.folder, *peer.ports.values(), "pids", *peer.process.pids)
    print("up", flush=True)
    time.sleep(60)
"""


def test_nothing_is_left_when_the_test_is_killed():
    with subprocess.Popen(
        [sys.executable, "-c", KILLED_TEST], stdout=subprocess.PIPE, text=True,
        cwd=Path(__file__).parent,
    ) as test:
        lines = [test.stdout.readline().split() for _ in range(4)]
        test.kill()
    assert lines.pop() == ["up"]
    # Files alone, which nobody supervises.
    shutil.rmtree(lines.pop(0)[0])
    for folder, *numbers in lines:
        middle = numbers.index("pids")
        ports, pids = list(map(int, numbers[:middle])), list(map(int, numbers[middle + 1:]))
        wait_until(lambda: not Path(folder).exists(), 10, f"{folder} to go")
        assert_nothing_is_left(pids, ports, Path(folder))


@pytest.mark.parametrize("name", PEERS)
def test_a_taken_port_is_left_to_its_owner(name, certificates, dovecot, monkeypatch):
    with socket.create_server((HOST, 0)) as owner:
        taken = owner.getsockname()[1]
        chosen = iter([taken])
        monkeypatch.setattr(
            processes, "free_ports",
            lambda count: [next(chosen, None) or port for port in free_ports(count)],
        )
        with make_peer(name, certificates, dovecot) as peer:
            assert taken not in peer.ports.values()
            assert peer.process.owns(list(peer.ports.values()))


def test_a_peer_that_cannot_run_says_why(certificates, dovecot):
    peer = Postfix(certificates, dovecot, settings={"message_size_limit": "huge"})
    with pytest.raises(PeerError, match="message_size_limit = huge"):
        with peer:
            pass
    assert not peer.folder.exists()


def test_a_process_cannot_hide_from_its_supervisor(tmp_path):
    hiding = "trap '' TERM; setsid sh -c 'trap \"\" TERM; sleep 60 & sleep 60' & sleep 60"
    process = Process(["sh", "-c", hiding], tmp_path, tmp_path / "log")
    wait_until(lambda: len(process.pids) >= 5, 5, "all the processes")
    pids = process.pids
    process.send_signal(signal.SIGKILL)
    assert process.stop() == 128 + signal.SIGKILL
    assert [pid for pid in pids if os.path.exists(f"/proc/{pid}")] == []
