"""What SMTP and POP3 servers say step by step, with any step replaced by something else.

    with ScriptedServer(smtp(context, ehlo=b"250-x\\r\\n" * 1000)) as server: ...

A step's replacement is what is said instead of its reply, `Extra` words right behind the reply, or
a function of the session. Such a function returns nothing if the dialogue ends with it, and what
is still to be said if not.
"""

from __future__ import annotations

import hashlib
import ssl
from collections.abc import Callable

from accounts import Account
from sasl import Authenticator, Refused
from scripted import Session

Replacement = bytes | Callable[[Session], bytes | None]

#: The steps of a session with STARTTLS and a login, in their order.
SMTP_STEPS = (
    "greeting", "ehlo", "starttls", "ehlo_tls", "auth", "mail", "rcpt", "data", "content",
)
POP3_STEPS = ("greeting", "capa", "stls", "capa_tls", "user", "password")


class Extra(bytes):
    """What is said behind the usual reply, in one write with it."""


class Ended(Exception):
    """A replacement ended the dialogue."""


class Dialogue:
    """One session's way through its steps."""

    def __init__(self, session: Session, instead: dict[str, Replacement]):
        self.session = session
        self._instead = instead

    def reply(self, step: str, usual: bytes) -> None:
        """Says what belongs to `step`."""
        words = self._instead.get(step, usual)
        if callable(words):
            words = words(self.session)
            if words is None:
                raise Ended
        self.session.say(usual + words if isinstance(words, Extra) else words)


def smtp(
    tls: ssl.SSLContext | None = None, authenticator: Authenticator | None = None,
    extensions: tuple[bytes, ...] = (b"8BITMIME",), **instead: Replacement,
) -> Callable[[Session], None]:
    """An SMTP server that takes every mail.

    Args:
        tls: With it, STARTTLS is offered until it has been used.
        authenticator: What AUTH is answered by, under TLS and in clear; without it, AUTH is not
            offered.
        instead: Replacements by the names of SMTP_STEPS, and for quit.
    """
    def behave(session: Session) -> None:
        dialogue = Dialogue(session, instead)
        try:
            dialogue.reply("greeting", b"220 scripted.test ESMTP\r\n")
            while True:
                _answer_smtp(dialogue, session.hear(), tls, authenticator, extensions)
        except Ended:
            pass

    return behave


def _answer_smtp(
    dialogue: Dialogue, line: bytes, tls: ssl.SSLContext | None,
    authenticator: Authenticator | None, extensions: tuple[bytes, ...],
) -> None:
    session, words = dialogue.session, line.split()
    verb = words[0].upper() if words else b""
    if verb in (b"EHLO", b"HELO"):
        lines = [b"scripted.test", *extensions]
        if tls and not session.is_encrypted:
            lines.append(b"STARTTLS")
        if authenticator:
            lines.append(b"AUTH " + " ".join(authenticator.mechanisms).encode())
        text = b"".join(b"250-%s\r\n" % one for one in lines[:-1]) + b"250 %s\r\n" % lines[-1]
        dialogue.reply("ehlo_tls" if session.is_encrypted else "ehlo", text)
    elif verb == b"STARTTLS" and tls:
        dialogue.reply("starttls", b"220 2.0.0 go ahead\r\n")
        session.start_tls(tls)
    elif verb == b"AUTH" and authenticator:
        dialogue.reply("auth", _login(session, words, authenticator))
    elif verb == b"DATA":
        dialogue.reply("data", b"354 go ahead\r\n")
        session.hear(b"\r\n.\r\n")
        dialogue.reply("content", b"250 2.0.0 queued\r\n")
    elif verb == b"QUIT":
        dialogue.reply("quit", b"221 2.0.0 bye\r\n")
        raise Ended
    elif verb in (b"MAIL", b"RCPT"):
        dialogue.reply(verb.decode().lower(), b"250 2.1.0 ok\r\n")
    elif verb in (b"RSET", b"NOOP"):
        dialogue.reply(verb.decode().lower(), b"250 2.0.0 ok\r\n")
    else:
        session.say(b"502 5.5.1 not here\r\n")


def _login(session: Session, words: list[bytes], authenticator: Authenticator) -> bytes:
    def ask(challenge: bytes) -> bytes:
        session.say(b"334 %s\r\n" % challenge)
        return session.hear().strip()

    try:
        authenticator.run(words[1].decode().upper(), words[2] if len(words) > 2 else None, ask)
    except Refused:
        return b"535 5.7.8 no\r\n"
    return b"235 2.7.0 welcome\r\n"


#: What APOP's digest is made over; a message identifier (RFC 1939 §7).
TIMESTAMP = b"<1896.697170952@scripted.test>"


def pop3(
    account: Account, tls: ssl.SSLContext | None = None, timestamp: bytes = TIMESTAMP,
    **instead: Replacement,
) -> Callable[[Session], None]:
    """A POP3 server with an empty mailbox; its replacements are named as in POP3_STEPS.

    An empty `timestamp` is a server without APOP. The step of APOP is `password`.
    """
    def behave(session: Session) -> None:
        dialogue = Dialogue(session, instead)
        try:
            dialogue.reply("greeting", b"+OK scripted " + timestamp + b"\r\n")
            while True:
                _answer_pop3(dialogue, session.hear(), account, tls, timestamp)
        except Ended:
            pass

    return behave


def _answer_pop3(
    dialogue: Dialogue, line: bytes, account: Account, tls: ssl.SSLContext | None,
    timestamp: bytes,
) -> None:
    session = dialogue.session
    verb, _, rest = line.rstrip(b"\r\n").partition(b" ")
    verb = verb.upper()
    if verb == b"CAPA":
        lines = [b"+OK", b"USER", b"UIDL"]
        if tls and not session.is_encrypted:
            lines.append(b"STLS")
        step = "capa_tls" if session.is_encrypted else "capa"
        dialogue.reply(step, b"\r\n".join([*lines, b".", b""]))
    elif verb == b"STLS" and tls:
        dialogue.reply("stls", b"+OK begin\r\n")
        session.start_tls(tls)
    elif verb == b"USER":
        dialogue.reply("user", b"+OK\r\n")
    elif verb in (b"PASS", b"APOP"):
        digest = hashlib.md5(timestamp + account.password.encode()).hexdigest()
        expected = {
            b"PASS": account.password.encode(),
            b"APOP": f"{account.user} {digest}".encode() if timestamp else None,
        }[verb]
        dialogue.reply("password", b"+OK\r\n" if rest == expected else b"-ERR no\r\n")
    elif verb == b"QUIT":
        dialogue.reply("quit", b"+OK bye\r\n")
        raise Ended
    else:
        session.say(b"-ERR not here\r\n")
