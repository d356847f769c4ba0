"""Proves that settings from JavaMail and Symfony send as documented, or are refused with a reason.

The files are those that users have; only hosts and ports are those of the peers.
"""

from __future__ import annotations

import json

import pytest

from accounts import ODD, SYMBOLS, Account
from connections import READER, SENDER, explained, send, set_secret
from dialogues import smtp
from peers import REFUSED
from sasl import Authenticator
from scripted import ScriptedServer, forms_within, server_context

GMAIL_SSL = """\
# Gmail over SSL, as countless tutorials have it
mail.smtp.host = 127.0.0.1
mail.smtp.port = {smtps}
mail.smtp.auth = true
mail.smtp.user = {user}
mail.smtp.password = secret://mail-pass
mail.smtp.socketFactory.port = {smtps}
mail.smtp.socketFactory.class = javax.net.ssl.SSLSocketFactory
mail.smtp.socketFactory.fallback = false
"""
SSL_ENABLE = """\
mail.transport.protocol=smtp
mail.smtp.host:127.0.0.1
mail.smtp.port {smtps}
mail.smtp.ssl.enable=true
mail.smtp.ssl.protocols=TLSv1.2 TLSv1.3
mail.smtp.auth=true
mail.smtp.user={user}
mail.smtp.password=secret://mail-pass
mail.smtp.connectiontimeout=15000
mail.smtp.timeout=60000
mail.smtp.writetimeout=\\
    120000
"""
SMTPS = """\
mail.transport.protocol=smtps
mail.smtps.host=127.0.0.1
mail.smtps.port={smtps}
mail.smtps.auth=true
mail.smtps.user={user}
mail.smtps.password=secret://mail-pass
"""
STARTTLS = """\
mail.smtp.host=127.0.0.1
mail.smtp.port={submission}
mail.smtp.auth=true
mail.smtp.user={user}
mail.smtp.password=secret://mail-pass
mail.smtp.starttls.enable=true
"""
STARTTLS_REQUIRED = STARTTLS + "mail.smtp.starttls.required=true\nmail.debug=false\n"


def escaped(text: str) -> str:
    """A value as java.util.Properties reads it."""
    return "".join(
        f"\\u{ord(one):04x}" if ord(one) > 126 else f"\\{one}" if one in "\\=:#!" else one
        for one in text
    )


def create(vault, name: str, text: str, *options: object, account: Account = ODD, **how):
    """Creates a connection from a properties file."""
    if "mail-pass" not in [one["name"] for one in vault.json("secret", "list")]:
        set_secret(vault, "mail-pass", account.password)
    path = vault.file(f"{name}.properties", text.encode("latin-1"))
    return vault.json(
        "connection", "create", name, "--env", "production", "--from", SENDER, "--ca", "peers",
        "--file", path, *options, **how,
    )


def settings(vault, name: str) -> dict:
    return vault.json("connection", "show", f"{name}@production")["settings"]


@pytest.mark.parametrize("text, encryption, warning", [
    (GMAIL_SSL, "implicit_tls", None),
    (SSL_ENABLE, "implicit_tls", None),
    (SMTPS, "implicit_tls", None),
    (STARTTLS, "starttls", "upgraded_from_opportunistic"),
    (STARTTLS_REQUIRED, "starttls", None),
], ids=["Gmail SSL", "ssl.enable", "smtps", "STARTTLS", "STARTTLS required"])
@pytest.mark.parametrize("account", [ODD, SYMBOLS], ids=["odd", "symbols"])
def test_a_javamail_file_sends(vault, subject, postfix, text, encryption, warning, account):
    """Logs in and delivers to Postfix; what is stricter here than there is said as a warning."""
    text = text.format(
        smtps=postfix.port("smtps"), submission=postfix.port("submission"),
        user=escaped(account.user),
    )
    created = create(vault, "mail", text, account=account)
    shown = settings(vault, "mail")
    assert shown["encryption"] == encryption
    assert shown["auth"]["username"] == account.user
    if warning:
        assert warning in json.dumps(created), created
    report = send(vault, "mail@production", subject, check_exit=0)
    assert report["attempts"][-1]["tls"].startswith("TLSv1.")
    postfix.wait_for_mail(READER, subject)


def test_times_become_fields(vault, postfix):
    """Milliseconds go into the fields that bound a session."""
    create(vault, "mail", SSL_ENABLE.format(
        smtps=postfix.port("smtps"), submission=0, user=ODD.user
    ))
    times = settings(vault, "mail")["timeouts"]
    assert times["connect_ms"] == 15000 and times["request_ms"] == 60000
    assert times["write_ms"] == 120000


def test_starttls_enable_is_not_opportunistic(vault, subject):
    """JavaMail would send the password in clear here; this refuses."""
    authenticator = Authenticator(ODD, ("PLAIN", "LOGIN"))
    with ScriptedServer(smtp(None, authenticator)) as server:
        create(vault, "mail", STARTTLS.format(submission=server.port, user=ODD.user))
        report = send(vault, "mail@production", subject)
    assert report["attempts"][-1]["class"] == "tls_downgrade"
    assert b"AUTH" not in server.said and b"MAIL" not in server.said


def test_auth_is_not_skipped(vault, subject, certificates):
    """JavaMail sends without a login where none is offered; this refuses."""
    tls = server_context(certificates.good)
    with ScriptedServer(smtp(tls)) as server:
        create(vault, "mail", STARTTLS.format(submission=server.port, user=ODD.user))
        report = send(vault, "mail@production", subject)
    assert report["attempts"][-1]["class"] == "credential" and b"MAIL" not in server.said


def test_a_refused_recipient_aborts_as_in_javamail(vault, subject, postfix):
    """Without sendpartial nobody gets the mail; with it, the others do."""
    text = STARTTLS.format(submission=postfix.port("submission"), user=ODD.user)
    for name, more, status in (
        ("whole", "", "failed"), ("partial", "mail.smtp.sendpartial=true\n", "partial")
    ):
        create(vault, name, text + more)
        report = send(
            vault, f"{name}@production", f"{subject}-{name}", "--to", READER, "--to", REFUSED
        )
        assert report["status"] == status, report
    postfix.wait_for_mail(READER, f"{subject}-partial")
    subjects = b"".join(postfix.mails(READER))
    assert f"{subject}-whole".encode() not in subjects


REFUSED_LINES = {
    "mail.smtp.ssl.trust=*": ("mail.smtp.ssl.trust", "tls.ca_ref"),
    "mail.smtp.ssl.trust=mail.example.com": ("mail.smtp.ssl.trust", "tls.fingerprints_sha256"),
    "mail.smtp.starttls.requred=true": ("starttls.requred", "mail.smtp.starttls.required"),
    "mail.smtp.timeout=0": ("mail.smtp.timeout", "10000"),
    "mail.smtp.connectiontimeout=-1": ("mail.smtp.connectiontimeout", "5000"),
    "mail.smtp.connectiontimeout=4999": ("mail.smtp.connectiontimeout", "5000"),
    "mail.smtp.starttls.enable=yes": ("mail.smtp.starttls.enable", "true"),
    "mail.smtp.ssl.protocols=TLSv1.1": ("mail.smtp.ssl.protocols", "TLSv1.2"),
    "mail.smtp.socketFactory.class=javax.net.ssl.SSLSocketFactory\n"
    "mail.smtp.socketFactory.fallback=true": ("socketFactory.fallback", ""),
    "mail.smtp.socketFactory.class=org.example.Trusting": ("socketFactory.class", ""),
    "mail.smtp.mailextension=BODY=8BITMIME RCPT TO:<x@y>": ("mail.smtp.mailextension", ""),
    "mail.smtp.localport=2525": ("mail.smtp.localport", "source_ip"),
    "mail.smtp.auth.mechanisms=DIGEST-MD5 NTLM": ("mail.smtp.auth.mechanisms", ""),
    "mail.smtp.ssl.hostnameverifier.class=org.example.Any": ("hostnameverifier", ""),
    "mail.smtp.proxy.host=proxy.example.com": ("mail.smtp.proxy.host", "operator"),
    "mail.debug.auth=true": ("mail.debug.auth", ""),
    "mail.transport.protocol=imap": ("mail.transport.protocol", "smtp"),
    "mail.mime.address.strict=false": ("mail.mime.address.strict", ""),
}


@pytest.mark.parametrize("line", REFUSED_LINES)
def test_what_is_refused_says_why(vault, line):
    """Exit 2, the property's name and what to use instead; nothing is saved."""
    base = STARTTLS.format(submission=587, user=ODD.user)
    name = line.partition("=")[0]
    kept = [one for one in base.splitlines() if not one.startswith(f"{name}=")]
    problem = create(vault, "mail", "\n".join([*kept, line, ""]), check_exit=2)
    what, instead = REFUSED_LINES[line]
    text = json.dumps(problem)
    assert what in text and instead in text, problem
    assert vault.json("connection", "list") == []


def test_a_password_in_the_file_is_not_kept(vault):
    """It must be a reference; what stood there is not shown, stored or logged."""
    password = "in-the-file-4b2c!"
    text = STARTTLS.format(submission=587, user=ODD.user).replace(
        "secret://mail-pass", password
    )
    set_secret(vault, "mail-pass", ODD.password)
    path = vault.file("mail.properties", text.encode())
    words = (
        "connection", "create", "mail", "--env", "production", "--from", SENDER, "--file", path
    )
    done = vault.run(*words, check_exit=2)
    assert "secret://" in explained(done)
    shown = vault.run(*words, "--json", check_exit=2)
    listed = vault.run("audit", "list", "--json")
    printed = b"".join(one.stdout + one.stderr for one in (done, shown, listed))
    assert forms_within(printed, password) == []
    for path in vault.home.rglob("*"):
        if path.is_file():
            assert forms_within(path.read_bytes(), password) == [], path


def test_properties_one_by_one(vault, subject, postfix):
    """`--property NAME=VALUE` means the same as a line of a file."""
    set_secret(vault, "mail-pass", ODD.password)
    lines = STARTTLS_REQUIRED.format(submission=postfix.port("submission"), user=ODD.user)
    words = [word for line in lines.splitlines() for word in ("--property", line)]
    vault.json(
        "connection", "create", "mail", "--env", "production", "--from", SENDER, "--ca", "peers",
        *words,
    )
    assert settings(vault, "mail")["encryption"] == "starttls"
    assert send(vault, "mail@production", subject, check_exit=0)["status"] == "sent"


def test_a_symfony_dsn(vault, subject, postfix):
    """Symfony's options, as JSON, with the names of an integration platform beside them."""
    set_secret(vault, "mail-pass", ODD.password)
    document = {
        "name": "mail", "environment": "production", "smtpHost": "127.0.0.1",
        "smtpPort": postfix.port("submission"), "enableStartTls": True, "useSsl": False,
        "from": {"address": SENDER}, "auth": {"username": ODD.user, "secret_ref": "mail-pass"},
        "tls": {"ca_ref": "peers"},
        "additionalProperties": {"local_domain": "client.peers.test", "restart_threshold": "50"},
    }
    path = vault.file("mail.json", json.dumps(document).encode())
    vault.json("connection", "create", "mail", "--env", "production", "--file", path)
    shown = settings(vault, "mail")
    assert shown["encryption"] == "starttls" and shown["restart_threshold"] == 50
    assert send(vault, "mail@production", subject, check_exit=0)["status"] == "sent"
    arrived = postfix.wait_for_mail(READER, subject)
    assert "from client.peers.test" in " ".join(arrived.get_all("Received"))
