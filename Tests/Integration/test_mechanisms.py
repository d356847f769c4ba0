"""Proves that every mechanism logs in, and that a password is on the wire only where it must be."""

from __future__ import annotations

import base64
import ssl
from concurrent.futures import ThreadPoolExecutor

import pytest

from accounts import ACCOUNTS, ODD, PLAIN, Account
from certificates import Certificates
from connections import READER, connect, connect_with_certificate, connect_with_token, send
from dialogues import smtp
from processes import wait_until
from proxies import Recorder
from sasl import MECHANISMS, PASSWORDS, SCRAM, SCRAM_PLUS, TOKENS, Authenticator, end_point
from scripted import ScriptedServer, Session, forms_within, server_context
from tokens import CLIENT_SECRET, TokenIssuer
from vault import Vault

#: What Dovecot 2.3 has of them.
OF_DOVECOT = ("PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256", *TOKENS, "EXTERNAL")
#: What the sandbox has.
OF_SANDBOX = (*PASSWORDS, *TOKENS)
#: What sends the secret itself.
TELLING = ("PLAIN", "LOGIN", *TOKENS)
CAPTURED_SENDS = 100
SENDERS = 4
USER = "captured@peers.test"


def connect_for(
    mechanism: str, vault: Vault, name: str, port: int, account: Account, issuer: TokenIssuer,
    certificates: Certificates, *options: object, encryption: str = "starttls", **how,
) -> None:
    """A connection that logs in `account` with this mechanism alone."""
    options = ("--mechanism", mechanism, *options)
    if mechanism in TOKENS:
        secret = issuer.secret(account.user)
        connect_with_token(vault, name, port, encryption, account.user, secret, *options, **how)
    elif mechanism == "EXTERNAL":
        client = certificates.client(account.user)
        connect_with_certificate(
            vault, name, port, encryption, client, "--auth", "smtp", *options, **how
        )
    else:
        connect(vault, name, port, encryption, account, *options, secret=f"{name}-pass", **how)


# MARK: Dovecot


@pytest.mark.parametrize(
    "door", [("submission", "starttls"), ("submissions", "implicit_tls")], ids=lambda door: door[0]
)
@pytest.mark.parametrize("mechanism", OF_DOVECOT)
def test_dovecot_takes_each_mechanism(
    watched, subject, submission, exim, issuer, certificates, mechanism, door
):
    """Dovecot writes down who logged in and how; the mail arrives."""
    port, encryption = door
    account = PLAIN if mechanism == "EXTERNAL" else ODD
    connect_for(
        mechanism, watched.vault, subject, submission.port(port), account, issuer, certificates,
        encryption=encryption,
    )
    report = send(watched.vault, f"{subject}@production", subject)
    assert report["status"] == "sent", (report, submission.logs())
    exim.wait_for_mail(READER, subject)
    line = f"submission-login: Info: Login: user=<{account.user}>, method={mechanism},"
    log = submission.folder / "dovecot.log"
    wait_until(lambda: line in log.read_text(), 5, line)


@pytest.mark.parametrize("account", ACCOUNTS.values(), ids=ACCOUNTS.keys())
@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-1", "SCRAM-SHA-256", *TOKENS])
def test_awkward_names_and_passwords(
    watched, subject, submission, issuer, certificates, mechanism, account
):
    """What must be escaped is escaped."""
    connect_for(
        mechanism, watched.vault, subject, submission.port("submission"), account, issuer,
        certificates,
    )
    report = send(watched.vault, f"{subject}@production", subject)
    assert report["status"] == "sent", (report, submission.logs())


@pytest.mark.parametrize("mechanism", OF_DOVECOT)
def test_dovecot_refuses_what_is_wrong(
    watched, subject, submission, issuer, certificates, mechanism
):
    """A wrong password, a token of nobody, a certificate of another authority: one class."""
    wrong = Account(ODD.user, "wrong")
    with Certificates() as others, TokenIssuer(certificates.good) as other:
        connect_for(
            mechanism, watched.vault, subject, submission.port("submission"), wrong, other, others
        )
        report = send(watched.vault, f"{subject}@production", subject)
    assert report["status"] == "failed"
    # Dovecot ends a handshake with a certificate that it does not know.
    allowed = ("credential", "tls_io", "network") if mechanism == "EXTERNAL" else ("credential",)
    assert report["attempts"][-1]["class"] in allowed, report


# MARK: The sandbox


@pytest.fixture(scope="module")
def sandbox(certificates):
    """`vault sandbox serve` with one user, whose password is also the only access token."""
    account = Account("capture", "sandbox-password-2f7e")
    with Vault() as vault, TokenIssuer(
        certificates.good, access_token=account.password
    ) as issuer:
        users = vault.file("users", f"{account.user}:{account.password}\n".encode())
        with vault.serve_sandbox("--auth-file", users) as server:
            yield vault, server, account, issuer


@pytest.fixture(scope="module")
def both(watched, sandbox, certificates):
    """The name of a certificate that trusts the sandbox and the token endpoint."""
    _, server, _, _ = sandbox
    bundle = server.ca_file.read_bytes() + certificates.authority.read_bytes()
    path = watched.vault.file("both.pem", bundle)
    watched.vault.json("certificate", "add", "both", "--from-file", path)
    return "both"


@pytest.mark.parametrize("version", ["1.2", "1.3"])
@pytest.mark.parametrize("mechanism", OF_SANDBOX)
def test_the_sandbox_takes_each_mechanism(watched, subject, sandbox, both, mechanism, version):
    """Under both versions of TLS, whose channel bindings differ; the sandbox keeps how."""
    other, server, account, issuer = sandbox
    connect_for(
        mechanism, watched.vault, subject, server.port("sandbox-smtp"), account, issuer, None,
        "--set", f"tls.min_version={version}", "--set", f"tls.max_version={version}", ca=both,
    )
    report = send(watched.vault, f"{subject}@production", subject)
    assert report["status"] == "sent", report
    assert report["attempts"][-1]["tls"] == f"TLSv{version}"
    waited = other.json("sandbox", "wait", "--subject", subject, "--timeout", "5s")
    shown = other.json("sandbox", "show", waited["messages"][0]["id"])
    assert shown["session"]["auth"] == {"mechanism": mechanism, "identity": account.user}


@pytest.mark.parametrize("mechanism", OF_SANDBOX)
def test_the_sandbox_refuses_what_is_wrong(
    watched, subject, sandbox, both, certificates, mechanism
):
    """A wrong password or token is a failure of the credential, whatever the mechanism."""
    _, server, account, _ = sandbox
    with TokenIssuer(certificates.good) as other:
        connect_for(
            mechanism, watched.vault, subject, server.port("sandbox-smtp"),
            Account(account.user, "wrong"), other, None, ca=both,
        )
        report = send(watched.vault, f"{subject}@production", subject)
    assert report["attempts"][-1]["class"] == "credential", report


# MARK: The automatic order


@pytest.mark.parametrize("encryption", ["starttls", "none"])
def test_the_strongest_that_is_offered_is_used(watched, subject, certificates, encryption):
    """Takes away whatever was used, until nothing is left: the order of the documentation."""
    tls = server_context(certificates.good, maximum_version=ssl.TLSVersion.TLSv1_2)
    protected = encryption == "starttls"
    authenticator = Authenticator(ODD, PASSWORDS, binding=end_point(certificates.good))
    with ScriptedServer(smtp(tls if protected else None, authenticator)) as server:
        connect(
            watched.vault, subject, server.port, encryption, ODD,
            "--set", f"auth.allow_insecure_auth={str(not protected).lower()}",
            secret=f"{subject}-pass",
        )
        while authenticator.mechanisms:
            report = send(watched.vault, f"{subject}@production", subject)
            if report["status"] != "sent":
                break
            used = authenticator.succeeded[-1]
            authenticator.mechanisms = tuple(
                one for one in authenticator.mechanisms if one != used
            )
    assert authenticator.failures == []
    strongest_first = [*reversed(SCRAM_PLUS), *reversed(SCRAM)]
    if protected:
        assert authenticator.succeeded == [*strongest_first, "PLAIN", "LOGIN", "CRAM-MD5"]
    else:
        assert authenticator.succeeded == [*reversed(SCRAM), "CRAM-MD5"]
        assert authenticator.mechanisms == ("PLAIN", "LOGIN", *SCRAM_PLUS)


# MARK: What is on the wire


def lines_with(secret: str, said: bytes) -> list[bytes]:
    """The lines in which a secret stands as it is, or in what they encode."""
    found = []
    for line in said.split(b"\r\n"):
        for word in (line, *line.split(b" ")):
            try:
                text = base64.b64decode(word, validate=True)
            except ValueError:
                text = b""
            if secret.encode() in word or secret.encode() in text:
                found.append(line)
                break
    return found


def assert_only_where_it_belongs(mechanism: str, session: Session, secret: str) -> None:
    """The secret is said once by a mechanism that says it, and not at all otherwise."""
    assert forms_within(session.heard_in_clear, secret, USER) == []
    lines = lines_with(secret, session.heard)
    assert len(lines) == (1 if mechanism in TELLING else 0), (mechanism, session.heard)
    rest = session.heard
    for line in lines:
        before, _, after = rest.partition(line)
        is_command = line.startswith(f"AUTH {mechanism} ".encode())
        assert is_command or f"AUTH {mechanism}".encode() in before
        assert b"MAIL FROM" not in before, "the password stands behind the login"
        rest = before + after
    assert forms_within(rest, secret, USER) == [], rest


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_a_captured_wire_under_tls(watched, subject, certificates, mechanism):
    """100 sends through a recorder to a server that ends TLS: what both of them saw."""
    account = Account(USER, "captured-pass-83ba" + subject[-8:])
    tls = server_context(certificates.good, maximum_version=ssl.TLSVersion.TLSv1_2)
    tls.load_verify_locations(certificates.authority)
    tls.verify_mode = ssl.CERT_OPTIONAL
    authenticator = Authenticator(account, (mechanism,), binding=end_point(certificates.good))
    with (
        TokenIssuer(certificates.good, access_token=account.password) as issuer,
        ScriptedServer(smtp(tls, authenticator)) as server,
        Recorder(server.port) as recorder,
    ):
        connect_for(
            mechanism, watched.vault, subject, recorder.port, account, issuer, certificates
        )
        with ThreadPoolExecutor(SENDERS) as pool:
            names = [f"{subject}@production"] * CAPTURED_SENDS
            reports = list(pool.map(lambda name: send(watched.vault, name, subject), names))
    assert [one["status"] for one in reports] == ["sent"] * CAPTURED_SENDS, authenticator.failures
    assert authenticator.succeeded == [mechanism] * CAPTURED_SENDS
    assert len(server.sessions) == CAPTURED_SENDS
    for session in server.sessions:
        assert_only_where_it_belongs(mechanism, session, account.password)
    raw = recorder.everything
    assert forms_within(raw, account.password, USER) == [] and subject.encode() not in raw
    assert len(raw) > 100 * 1000
    if mechanism in TOKENS:
        assert len(issuer.forms) == 1, "one access token serves until it ends"
        for secret in (issuer.forms[0]["refresh_token"], CLIENT_SECRET):
            assert forms_within(server.said, secret) == []


@pytest.mark.parametrize("mechanism", OF_DOVECOT[:5])
def test_a_captured_wire_in_clear(watched, subject, submission, mechanism):
    """Towards this machine in clear, to Dovecot: the recorder sees what an eavesdropper would."""
    encryption = "auto" if mechanism in ("PLAIN", "LOGIN") else "none"
    with Recorder(submission.port("submission")) as recorder:
        connect(
            watched.vault, subject, recorder.port, encryption, ODD, "--mechanism", mechanism,
            "--set", "auth.allow_insecure_auth=true", secret=f"{subject}-pass", ca=None,
        )
        for _ in range(10):
            report = send(watched.vault, f"{subject}@production", subject)
            assert report["status"] == "sent", report
    assert len(recorder.sent) == 10
    for said, answered in zip(recorder.sent, recorder.answered, strict=True):
        lines = lines_with(ODD.password, said)
        assert len(lines) == (1 if mechanism in TELLING else 0), said
        for line in lines:
            said = said.replace(line, b"", 1)
        assert forms_within(said + answered, ODD.password, ODD.user) == []
