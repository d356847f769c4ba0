"""Proves what `vault send` does with servers that strip, lie, break off or never end.

None of them ever learns the password, no mail goes out twice, and none makes the vault wait or
grow without bound.
"""

from __future__ import annotations

import threading

import pytest

from accounts import Account
from connections import READER, connect, explained, send
from dialogues import SMTP_STEPS, Extra, smtp
from hostility import dripping, endless, endless_line, gone, half, silent
from sasl import Authenticator
from scripted import ScriptedServer, Session, server_context

ACCOUNT = Account("hostile@peers.test", "never-in-clear-5c1e")


def login(*mechanisms: str) -> Authenticator:
    return Authenticator(ACCOUNT, mechanisms or ("CRAM-MD5",))


def last(report) -> dict:
    """The last attempt of a send that failed for certain."""
    assert report["status"] == "failed", report
    return report["attempts"][-1]


@pytest.fixture(scope="module")
def tls(certificates):
    return server_context(certificates.good)


# MARK: Before TLS


def talking_plain(session: Session) -> None:
    session.say(b"220 go ahead\r\n")
    session.hear(b"\x16")
    session.say(b"250 AUTH PLAIN\r\n" * 10)
    session.hear_out()


REFUSALS = {
    "stripped": {"ehlo": b"250-scripted.test\r\n250 AUTH PLAIN LOGIN\r\n"},
    "changed": {"ehlo": b"250-scripted.test\r\n250-STARTTLX\r\n250 AUTH PLAIN\r\n"},
    "454": {"starttls": b"454 4.7.0 TLS not available\r\n"},
    "502": {"starttls": b"502 5.5.1 not implemented\r\n"},
    "501": {"starttls": b"501 5.5.4 syntax\r\n"},
    "250": {"starttls": b"250 2.0.0 no need to\r\n"},
    "235": {"starttls": b"235 2.7.0 you are welcome\r\n"},
    "554": {"starttls": b"554 5.7.3 no\r\n"},
    "plain": {"starttls": talking_plain},
    "gone": {"starttls": gone},
}


@pytest.mark.parametrize("instead", REFUSALS.values(), ids=REFUSALS.keys())
def test_tls_that_was_asked_for_is_not_given_up(watched, subject, tls, instead):
    """Whoever strips STARTTLS, refuses it or speaks instead of it gets neither login nor mail."""
    behave = smtp(tls, login("PLAIN", "LOGIN"), **instead)
    report, server = watched.send(subject, behave, "starttls", ACCOUNT)
    for word in (b"AUTH", b"MAIL FROM", subject.encode()):
        assert word not in server.said, server.said
    classes = ("tls_downgrade", "protocol_violation", "network", "tls_io")
    assert last(report)["class"] in classes, report
    assert last(report)["phase"] in ("starttls", "tls"), report


INJECTED = b"220 2.0.0 go ahead\r\n250-scripted.test\r\n250 AUTH PLAIN\r\n"


def test_injected_answers_end_the_session_wherever_they_are_split(watched, subject, tls):
    """After 220, whatever follows in clear ends it, in one segment or two, whole or cut short."""
    answers = [(INJECTED[:end], b"") for end in range(21, len(INJECTED) + 1)]
    answers += [(INJECTED[:middle], INJECTED[middle:]) for middle in range(1, len(INJECTED))]
    rest = iter(answers)

    def answer(session: Session) -> None:
        for part in next(rest):
            session.say(part)
        session.listen_out()

    with ScriptedServer(smtp(tls, login("PLAIN"), starttls=answer)) as server:
        connect(watched.vault, subject, server.port, "starttls", ACCOUNT, secret=subject)
        with watched.bounded():
            for _ in answers:
                attempt = last(send(watched.vault, f"{subject}@production", subject))
                assert attempt["class"] == "tls_downgrade", attempt
    assert len(server.sessions) == len(answers)
    for session in server.sessions:
        assert session.heard_in_clear.startswith(b"EHLO ")
        for word in (b"AUTH", b"MAIL", subject.encode()):
            assert word not in session.heard


def test_a_plain_server_on_a_tls_port(watched, subject):
    """A greeting in the clear where TLS should begin ends the session."""
    report, _ = watched.send(subject, smtp(), "implicit_tls", ACCOUNT)
    assert "TLS" in last(report)["explanation"]


@pytest.mark.parametrize("identity", ["expired", "wrong_name", "untrusted"])
def test_a_bad_certificate_hears_no_login(watched, subject, certificates, identity):
    """The session ends within the handshake: neither login nor a second EHLO."""
    context = server_context(getattr(certificates, identity))
    report, server = watched.send(subject, smtp(context, login("PLAIN")), "starttls", ACCOUNT)
    assert last(report)["class"] == "tls_trust"
    assert server.said.count(b"EHLO") == 1 and b"AUTH" not in server.said


def test_what_was_said_before_tls_is_forgotten(watched, subject, tls):
    """A mechanism that was offered in clear alone is not used after TLS has begun."""
    clear = b"250-scripted.test\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n"
    behave = smtp(tls, login("PLAIN"), ehlo=clear, ehlo_tls=b"250 scripted.test\r\n")
    report, server = watched.send(subject, behave, "starttls", ACCOUNT)
    assert b"AUTH" not in server.said and b"MAIL" not in server.said
    assert last(report)["class"] == "credential"


@pytest.mark.parametrize("encryption", ["starttls", "starttls_opportunistic"])
def test_a_server_that_had_starttls_is_remembered(watched, subject, tls, encryption):
    """Once seen with STARTTLS, a server without it is suspected, whatever the mode permits."""
    instead = {}
    with ScriptedServer(lambda session: smtp(tls, **instead)(session)) as server:
        connect(watched.vault, subject, server.port, encryption, environment="development")
        assert send(watched.vault, f"{subject}@development", subject)["status"] == "sent"
        instead["ehlo"] = b"250-scripted.test\r\n250 8BITMIME\r\n"
        attempt = last(send(watched.vault, f"{subject}@development", subject))
    assert attempt["class"] == "tls_downgrade"
    assert "tls-downgrade-suspected" in attempt["explanation"], attempt
    assert b"MAIL" not in server.sessions[1].heard


# MARK: At every step


def code(step: str) -> bytes:
    """The reply that belongs to a step."""
    return {"greeting": b"220", "starttls": b"220", "auth": b"235", "data": b"354"}.get(
        step, b"250"
    )


NONSENSE = {
    "endless": lambda step: endless(code(step) + b"-"),
    "endless line": lambda step: endless_line(code(step) + b" "),
    "long line": lambda step: code(step) + b" " + b"x" * 300_000 + b"\r\n",
    "101 lines": lambda step: (code(step) + b"-x\r\n") * 101 + code(step) + b" x\r\n",
    "two codes": lambda step: code(step) + b"-one\r\n299 two\r\n",
    "no code": lambda step: b"HTTP/1.1 400 Bad Request\r\n\r\n",
    "POP3": lambda step: b"+OK ready\r\n",
    "NUL": lambda step: code(step)[:1] + b"\0" + code(step)[1:] + b" ok\r\n",
    "octets": lambda step: bytes(range(256)) * 100,
    "bare LF": lambda step: code(step) + b" ok\n" + code(step) + b" ok\r\n",
    "empty": lambda step: b"\r\n" * 1000,
    "gone": lambda step: gone,
    "half": lambda step: half(code(step)[:2]),
    "unsolicited": lambda step: Extra(b"250 2.0.0 queued\r\n" * 9),
}
#: What looks like a broken network.
LOST = ("gone", "half")


@pytest.mark.parametrize("nonsense", NONSENSE.keys())
@pytest.mark.parametrize("step", SMTP_STEPS)
def test_nonsense_ends_the_session(watched, subject, tls, step, nonsense):
    """At every step: one class of failure, soon, in little memory, and no password."""
    behave = smtp(tls, login(), **{step: NONSENSE[nonsense](step)})
    report, server = watched.send(subject, behave, "starttls", ACCOUNT)
    assert len(server.sessions) == 1 and "\x1b" not in str(report) and "\\x00" not in str(report)
    (attempt,) = report["attempts"]
    if step == "content" and nonsense == "unsolicited":
        assert report["status"] == "sent", "the first answer to the mail counts"
    elif step == "content":
        assert report["status"] == "ambiguous", report
    else:
        assert report["status"] == "failed", report
        allowed = {"protocol_violation", "network"} if nonsense in LOST else {"protocol_violation"}
        if step == "starttls":
            allowed.add("tls_downgrade")
        if step == "ehlo_tls":
            allowed.add("tls_io")
        assert attempt["class"] in allowed, attempt


SERVICES = {
    "SSH": b"SSH-2.0-OpenSSH_9.2p1 canary-7f\r\n",
    "HTTP": b"HTTP/1.1 400 Bad Request\r\nServer: canary-7f\r\n\r\n",
    "Redis": b"-ERR unknown command canary-7f\r\n",
    "POP3": b"+OK canary-7f ready\r\n",
    "IMAP": b"* OK [CAPABILITY IMAP4rev1] canary-7f\r\n",
    "FTP": b"220 canary-7f FTP server\r\n",
    "MySQL": b"J\x00\x00\x00\x0a5.5.5-10.6-canary-7f\x00",
}


@pytest.mark.parametrize("words", SERVICES.values(), ids=SERVICES.keys())
def test_other_services_are_not_quoted(watched, subject, words):
    """What another service says is not repeated: a connection is no way to look around."""
    behave = smtp(greeting=words, ehlo=b"500 command not understood\r\n")
    report, _ = watched.send(subject, behave, "none", None)
    assert last(report)["class"] in ("protocol_violation", "config"), report
    assert "canary-7f" not in str(report)


@pytest.mark.parametrize("step", ["greeting", "implicit_tls"])
@pytest.mark.parametrize("nonsense", ["endless", "long line", "no code", "octets", "gone"])
def test_nonsense_instead_of_a_greeting_or_a_handshake(watched, subject, nonsense, step):
    """Where the server speaks first, and where it should do a handshake."""
    encryption = "none" if step == "greeting" else step
    behave = smtp(greeting=NONSENSE[nonsense]("greeting"))
    account = None if encryption == "none" else ACCOUNT
    report, _ = watched.send(subject, behave, encryption, account)
    assert last(report)["class"] in ("protocol_violation", "network", "tls_io"), report


def test_slow_servers_are_left(watched, subject, tls):
    """A server that is silent or sends an octet a second is left after the time for one reply."""
    cases = {
        f"{subject}-{number}": smtp(tls, login(), **{step: behave})
        for number, (step, behave) in enumerate([
            ("greeting", silent), ("greeting", dripping(b"220 ")), ("ehlo", dripping(b"250-")),
            ("starttls", dripping(b"220 ")), ("auth", dripping(b"334 ")), ("mail", silent),
        ])
    }
    reports = {}

    def run(name: str) -> None:
        reports[name], _ = watched.send(name, cases[name], "starttls", ACCOUNT)

    threads = [threading.Thread(target=run, args=(name,)) for name in cases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(reports) == len(cases)
    for report in reports.values():
        assert last(report)["class"] == "network", report


def test_a_busy_server(watched, subject):
    """421 as a greeting is a refusal for now."""
    report, _ = watched.send(subject, smtp(greeting=b"421 4.3.2 busy\r\n"), "none", None)
    assert last(report)["class"] == "transient_host"


def test_no_login_where_none_is_offered(watched, subject, tls):
    """A connection with an account never sends without logging in."""
    report, server = watched.send(subject, smtp(tls), "starttls", ACCOUNT)
    assert b"MAIL FROM" not in server.said and last(report)["class"] == "credential"


def test_an_oversized_message_is_not_begun(watched, subject):
    """A server's SIZE is believed before the message is sent."""
    behave = smtp(extensions=(b"SIZE 20",))
    report, server = watched.send(subject, behave, "none", None)
    assert b"DATA" not in server.said and last(report)["class"] == "message_permanent"


# MARK: At the end


def test_a_connection_lost_after_the_dot_is_ambiguous(vault, subject):
    """Nobody knows whether the mail was taken: it is reported so, and not sent again."""
    with ScriptedServer(smtp(content=gone)) as server:
        connect(vault, "mail", server.port, "none")
        report = send(vault, "mail@production", subject)
    assert report["status"] == "ambiguous" and len(report["attempts"]) == 1
    assert server.said.count(subject.encode()) == 1
    done = vault.run("outbox", "list", "--json")
    assert b"ambiguous" in done.stdout


def test_a_refusal_after_the_dot_is_a_failure(vault, subject):
    """554 at the end: exit 1, the server's words, nothing sent again."""
    with ScriptedServer(smtp(content=b"554 5.7.1 \x1b[31mspam\x1b[0m\r\n")) as server:
        connect(vault, "mail", server.port, "none")
        done = vault.run(
            "send", "--connection", "mail@production", "--to", READER, "--subject", subject,
            check_exit=1,
        )
    assert "554" in explained(done) and b"\x1b" not in done.stdout + done.stderr
    assert len(server.sessions) == 1


def test_a_loss_at_quit_is_a_success(vault, subject):
    """Once 250 has come, the mail is sent, however the session ends."""
    with ScriptedServer(smtp(quit=gone)) as server:
        connect(vault, "mail", server.port, "none")
        assert send(vault, "mail@production", subject, check_exit=0)["status"] == "sent"
