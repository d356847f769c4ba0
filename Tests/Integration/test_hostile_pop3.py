"""Proves what POP-before-SMTP does with POP3 servers that strip, lie, break off or never end.

Whatever goes wrong there, the SMTP server is not connected to, and nobody learns the password.
"""

from __future__ import annotations

import threading

import pytest

from accounts import Account
from connections import connect, pop3_options, send, set_secret
from dialogues import POP3_STEPS, TIMESTAMP, Extra, pop3, smtp
from hostility import dripping, endless, endless_line, gone, half, silent
from scripted import ScriptedServer, Session, forms_within, server_context

ACCOUNT = Account("hostile@peers.test", "never-in-clear-9d27")
USER_PASS = ("--set", "pop3.apop=false")


@pytest.fixture(scope="module")
def tls(certificates):
    return server_context(certificates.good)


def refused(report, server) -> dict:
    """The only attempt of a send that ended in its POP3 session."""
    assert report["status"] == "failed" and len(report["attempts"]) == 1, report
    assert server.sessions == []
    return report["attempts"][0]


# MARK: Before TLS


def talking_plain(session: Session) -> None:
    session.say(b"+OK begin\r\n")
    session.hear(b"\x16")
    session.say(b"+OK welcome\r\n" * 10)
    session.hear_out(b"+OK\r\n")


REFUSALS = {
    "stripped": {"capa": b"+OK\r\nUSER\r\nUIDL\r\n.\r\n", "stls": b"-ERR unknown\r\n"},
    "no CAPA": {"capa": b"-ERR unknown\r\n", "stls": b"-ERR unknown\r\n"},
    "-ERR": {"stls": b"-ERR not now\r\n"},
    "502": {"stls": b"502 not implemented\r\n"},
    "plain": {"stls": talking_plain},
    "gone": {"stls": gone},
    "already logged in": {
        "greeting": b"+OK logged in " + TIMESTAMP + b"\r\n", "stls": b"-ERR no need\r\n"
    },
}


@pytest.mark.parametrize("options", [(), USER_PASS], ids=["APOP", "USER"])
@pytest.mark.parametrize("instead", REFUSALS.values(), ids=REFUSALS.keys())
def test_tls_that_was_asked_for_is_not_given_up(watched, subject, tls, instead, options):
    """Whoever strips STLS, refuses it or speaks instead of it gets no login in any form."""
    behave = pop3(ACCOUNT, tls, **instead)
    report, pop, server = watched.send_after_pop3(subject, behave, "starttls", ACCOUNT, *options)
    attempt = refused(report, server)
    for word in (b"USER", b"PASS", b"APOP", ACCOUNT.user.encode()):
        assert word not in pop.said, pop.said
    classes = ("tls_downgrade", "protocol_violation", "network", "tls_io")
    assert attempt["class"] in classes, attempt


INJECTED = b"+OK begin\r\n+OK logged in\r\n"


def test_injected_answers_end_the_session_wherever_they_are_split(watched, subject, tls):
    """After +OK to STLS, whatever follows in clear ends it, in one segment or two, or cut short."""
    answers = [(INJECTED[:end], b"") for end in range(12, len(INJECTED) + 1)]
    answers += [(INJECTED[:middle], INJECTED[middle:]) for middle in range(1, len(INJECTED))]
    rest = iter(answers)

    def answer(session: Session) -> None:
        for part in next(rest):
            session.say(part)
        session.listen_out()

    with ScriptedServer(pop3(ACCOUNT, tls, stls=answer)) as pop, ScriptedServer(smtp()) as server:
        set_secret(watched.vault, subject, ACCOUNT.password)
        connect(
            watched.vault, subject, server.port, "none", None,
            *pop3_options(pop.port, "starttls", ACCOUNT, subject), *USER_PASS,
        )
        with watched.bounded():
            for _ in answers:
                attempt = refused(send(watched.vault, f"{subject}@production", subject), server)
                assert attempt["class"] == "tls_downgrade", attempt
    assert len(pop.sessions) == len(answers)
    for session in pop.sessions:
        for word in (b"USER", b"PASS", b"APOP"):
            assert word not in session.heard


@pytest.mark.parametrize("encryption", ["starttls", "implicit_tls"])
@pytest.mark.parametrize("identity", ["expired", "wrong_name", "untrusted"])
def test_a_bad_certificate_hears_no_login(watched, subject, certificates, identity, encryption):
    """The same verification as towards an SMTP server."""
    context = server_context(getattr(certificates, identity))
    of_server = {"tls": context} if encryption == "implicit_tls" else {}
    behave = pop3(ACCOUNT, context if encryption == "starttls" else None)
    report, pop, server = watched.send_after_pop3(
        subject, behave, encryption, ACCOUNT, **of_server
    )
    assert refused(report, server)["class"] == "tls_trust"
    assert b"APOP" not in pop.said


# MARK: APOP


TIMESTAMPS = {
    "none": b"",
    "no brackets": b"1896.697170952@scripted.test",
    "no @": b"<1896.697170952>",
    "not closed": b"<1896.697170952@scripted.test",
    "8 bit": b"<1896.\xe9\xe9@scripted.test>",
    "a control character": b"<1896.\x07@scripted.test>",
    "a space": b"<1896 697170952@scripted.test>",
    "empty": b"<@>",
    "collision blocks": b"<" + bytes(range(128, 192)) + b"@x>",
    "10,000 octets": b"<" + b"1" * 10_000 + b"@scripted.test>",
}


@pytest.mark.parametrize("timestamp", TIMESTAMPS.values(), ids=TIMESTAMPS.keys())
def test_apop_needs_a_real_timestamp(watched, subject, tls, timestamp):
    """CVE-2007-1558: no digest over chosen octets, and never USER and PASS instead."""
    behave = pop3(ACCOUNT, tls, timestamp)
    report, pop, server = watched.send_after_pop3(subject, behave, "starttls", ACCOUNT)
    refused(report, server)
    for word in (b"APOP", b"USER", b"PASS"):
        assert word not in pop.said, pop.said


def test_a_refused_apop_is_not_followed_by_the_password(watched, subject, tls):
    """-ERR to APOP ends the login."""
    behave = pop3(ACCOUNT, tls, password=b"-ERR no APOP here, try USER\r\n")
    report, pop, server = watched.send_after_pop3(subject, behave, "starttls", ACCOUNT)
    assert refused(report, server)["class"] == "credential"
    assert pop.said.count(b"APOP") == 1 and b"USER" not in pop.said
    assert forms_within(pop.said, ACCOUNT.password) == []


# MARK: At every step


NONSENSE = {
    "endless": endless(b"+OK "),
    "endless line": endless_line(b"+OK "),
    "long line": b"+OK " + b"x" * 300_000 + b"\r\n",
    "SMTP": b"250 2.0.0 ok\r\n",
    "HTTP": b"HTTP/1.1 400 Bad Request\r\n\r\n",
    "NUL": b"+\0OK ready\r\n",
    "octets": bytes(range(256)) * 100,
    "bare LF": b"+OK one\n+OK two\r\n",
    "empty": b"\r\n" * 1000,
    "+ok": b"+ok quietly\r\n",
    "gone": gone,
    "half": half(b"+O"),
    "unsolicited": Extra(b"+OK logged in\r\n" * 9),
}
LOST = ("gone", "half")


@pytest.mark.parametrize("nonsense", NONSENSE.keys())
@pytest.mark.parametrize("step", POP3_STEPS)
def test_nonsense_ends_the_session(watched, subject, tls, step, nonsense):
    """At every step: one class of failure, soon, in little memory, and no mail."""
    if step in ("capa", "capa_tls") and nonsense == "endless":
        words = endless(b"CAPABILITY ")
    else:
        words = NONSENSE[nonsense]
    behave = pop3(ACCOUNT, tls, **{step: words})
    report, pop, server = watched.send_after_pop3(
        subject, behave, "starttls", ACCOUNT, *USER_PASS
    )
    assert len(pop.sessions) == 1
    if step == "password" and nonsense in ("endless", "unsolicited"):
        assert report["status"] == "sent", "the first answer to the login counts"
        return
    attempt = refused(report, server)
    assert "\x1b" not in str(report) and "\\x00" not in str(report)
    allowed = {"protocol_violation", "network"} if nonsense in LOST else {"protocol_violation"}
    if step == "stls":
        allowed.add("tls_downgrade")
    if step == "capa_tls":
        allowed.add("tls_io")
    assert attempt["class"] in allowed, attempt


def test_slow_servers_are_left(watched, subject, tls):
    """A server that is silent or sends an octet a second is left after the time for one reply."""
    cases = {
        f"{subject}-{number}": pop3(ACCOUNT, tls, **{step: behave})
        for number, (step, behave) in enumerate([
            ("greeting", silent), ("greeting", dripping(b"+OK ")), ("capa", dripping(b"+OK ")),
            ("stls", dripping(b"+OK ")), ("password", silent),
        ])
    }
    attempts = []

    def run(name: str) -> None:
        report, _, server = watched.send_after_pop3(name, cases[name], "starttls", ACCOUNT)
        attempts.append(refused(report, server))

    threads = [threading.Thread(target=run, args=(name,)) for name in cases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [attempt["class"] for attempt in attempts] == ["network"] * len(cases)


def test_the_same_servers_well_behaved(watched, subject, tls):
    """Without any mischief, all of the above would have worked."""
    for number, options in enumerate([(), USER_PASS]):
        report, pop, server = watched.send_after_pop3(
            f"{subject}-{number}", pop3(ACCOUNT, tls), "starttls", ACCOUNT, *options
        )
        assert report["status"] == "sent" and len(server.sessions) == 1
        assert (b"APOP" in pop.said) == (options == ()) and TIMESTAMP not in pop.said
