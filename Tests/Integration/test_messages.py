"""Proves what a sent message looks like to whoever receives it, and what never becomes one."""

from __future__ import annotations

import email
import email.policy
import email.utils

import pytest

from accounts import ODD
from connections import READER, SENDER, SilentServer, connect, explained, send
from vault import Vault


def compose(vault: Vault, *options: object) -> email.message.EmailMessage:
    """Sends to the sandbox and parses what arrived there."""
    vault.json("send", "--connection", "mail@test", "--to", READER, *options)
    raw = vault.run("sandbox", "raw", "latest").stdout
    assert b"\n" not in raw.replace(b"\r\n", b""), "a line that does not end in CRLF"
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    return email.message_from_bytes(raw, policy=email.policy.default)


@pytest.fixture
def composing(vault):
    """A vault with the Test connection `mail`."""
    connect(vault, "mail", 25, "none", None, "--set", "from_policy=any", environment="test")
    return vault


# MARK: Composing


SUBJECTS = [
    "plain", "", "Grüße aus Köln", "日本語の件名 " * 12, "emoji 📬 and =?utf-8?q?encoded?=",
    "long " * 60, " spaces  inside ",
]


@pytest.mark.parametrize("subject", SUBJECTS, ids=range(len(SUBJECTS)))
def test_subjects_survive(composing, subject):
    """Every subject reads back as it was given, encoded and folded or not."""
    arrived = compose(composing, "--subject", subject, "--text", "x")
    assert arrived["Subject"].strip() == subject.strip()


def test_text_html_and_attachments_survive(composing):
    """Text, HTML and files read back byte for byte, under their names."""
    text = "Grüße,\n.\n..\nFrom here\n" + "lang " * 300 + "\n"
    html = "<p>Grüße &amp; <b>日本</b></p>\n"
    binary, plain = bytes(range(256)) * 50, b"only text\n"
    options = [
        "--subject", "parts",
        "--text-file", composing.file("text.txt", text.encode()),
        "--html-file", composing.file("page.html", html.encode()),
        "--attach", composing.file("fatura-ş ü.pdf", binary),
        "--attach", composing.file("notes.txt", plain),
        "--header", "X-Campaign: Grüße", "--header", "List-Id: <a.peers.test>",
    ]
    arrived = compose(composing, *options)
    assert arrived.get_body(("plain",)).get_content().replace("\r\n", "\n") == text
    assert arrived.get_body(("html",)).get_content().replace("\r\n", "\n") == html
    files = {part.get_filename(): part.get_content() for part in arrived.iter_attachments()}
    assert files["fatura-ş ü.pdf"] == binary
    notes = files["notes.txt"]
    assert (notes if isinstance(notes, bytes) else notes.encode()).strip() == plain.strip()
    assert arrived["X-Campaign"] == "Grüße" and arrived["List-Id"] == "<a.peers.test>"
    assert not arrived.defects


def test_addresses_and_standing_headers(composing):
    """Names are kept, Bcc is not told, and Date and Message-ID are there."""
    arrived = compose(
        composing, "--to", "Jörg Ö <second@peers.test>", "--cc", '"Last, First" <cc@peers.test>',
        "--bcc", "hidden@peers.test", "--from", "Ana Ñ <ana@peers.test>", "--subject", "s",
    )
    people = [(one.display_name, one.addr_spec) for one in arrived["To"].addresses]
    assert people == [("", READER), ("Jörg Ö", "second@peers.test")]
    assert arrived["Cc"].addresses[0].display_name == "Last, First"
    assert arrived["From"].addresses[0].display_name == "Ana Ñ"
    assert "Bcc" not in arrived and "hidden@" not in str(arrived)
    assert email.utils.parsedate_to_datetime(arrived["Date"])
    assert arrived["Message-ID"].endswith("@peers.test>")
    envelope = composing.json("sandbox", "list")[0]["envelope"]
    assert "hidden@peers.test" in envelope["rcpt_to"]


@pytest.mark.parametrize("charset", ["UTF-8", "ISO-8859-9", "windows-1254"])
@pytest.mark.parametrize("eight_bit", ["false", "true"])
def test_texts_have_the_character_set_and_the_bits_of_their_connection(vault, charset, eight_bit):
    """Python reads both forms back; what the set cannot hold is UTF-8, and nothing gets lost."""
    options = ("--set", f"charset={charset}", "--set", f"eight_bit={eight_bit}")
    connect(vault, "mail", 25, "none", None, *options, environment="test")
    text = "Işık: şİğ, Grüße\n.\nsecond line\n"
    arrived = compose(
        vault, "--subject", "Günaydın Işık", "--text-file", vault.file("t.txt", text.encode()),
        "--html-file", vault.file("t.html", "<p>Цена 日本</p>\n".encode()),
    )
    assert arrived["Subject"] == "Günaydın Işık" and not arrived.defects
    plain, rich = arrived.get_body(("plain",)), arrived.get_body(("html",))
    assert plain.get_content_charset() == charset.lower()
    assert rich.get_content_charset() == "utf-8"
    assert plain.get_content().replace("\r\n", "\n") == text
    assert rich.get_content().strip() == "<p>Цена 日本</p>"
    for part in (plain, rich):
        assert (part["Content-Transfer-Encoding"] == "8bit") == (eight_bit == "true")


RAW = b"""\
From: Someone <writer@peers.test>
To: reader@peers.test
Subject: %s
Message-ID: <%s@peers.test>
Date: Sat, 01 Aug 2026 10:00:00 +0000
X-Odd:   spaces   stay
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

.
..leading dots
Gr\xc3\xbc\xc3\x9fe and a long line: %s
last line
"""


@pytest.mark.parametrize("ending", [b"\n", b"\r\n"], ids=["lf", "crlf"])
def test_a_finished_message_is_sent_as_it_is(vault, subject, postfix, ending):
    """`--raw` changes no byte but line ends: the mailbox holds the file behind its trace fields."""
    connect(vault, "mail", postfix.port("submission"), "starttls", ODD)
    name = subject.encode()
    raw = RAW % (name, name, b"x" * 900)
    path = vault.file("message.eml", raw.replace(b"\n", ending))
    vault.json("send", "--connection", "mail@production", "--to", READER, "--raw", path)
    postfix.wait_for_mail(READER, subject)
    arrived = [mail for mail in postfix.mails(READER) if b"Subject: " + name + b"\n" in mail]
    assert len(arrived) == 1 and arrived[0].endswith(raw)


def test_a_dry_run_opens_nothing(vault, subject):
    """Composes the whole message and opens neither socket nor secret."""
    with SilentServer() as server:
        connect(vault, "mail", server.port, "starttls", ODD)
        report = send(vault, "mail@production", subject, "--dry-run", check_exit=0)
        assert report["status"] == "dry_run" and report["attempts"] == []
        assert server.clients == 0 and vault.json("outbox", "list") == []


# MARK: Smuggling and injection


ENDINGS = ["\n.\n", "\r\n.\r\n", "\r.\r", "\n.\r\n", "\r\n.\n", "\r\n.\r", "\r.\r\n"]


@pytest.mark.parametrize("ending", ENDINGS, ids=[repr(one) for one in ENDINGS])
def test_a_body_cannot_end_its_message(vault, subject, postfix, ending):
    """However the text spells the end of a message, one mail arrives, and all of its text."""
    connect(vault, "mail", postfix.port("submission"), "starttls", ODD)
    recipient = f"smuggled-{ENDINGS.index(ending)}@peers.test"
    text = f"before{ending}MAIL FROM:<evil@peers.test>\r\nRCPT TO:<{recipient}>\r\nDATA\r\nafter"
    send(vault, "mail@production", subject, "--text", text, check_exit=0)
    arrived = postfix.wait_for_mail(READER, subject)
    assert "after" in arrived.get_content() and "MAIL FROM" in arrived.get_content()
    assert postfix.mails(recipient) == []


BREAKS = ["\r\n", "\n", "\r", "\0"]
EVIL = "X-Evil: yes"


def broken(option: str, value: str, line_break: str) -> list[str]:
    """The options of a mail in which one value carries a line break and what follows it."""
    options = {
        "--connection": "mail@production", "--to": READER, "--subject": "s", "--from": SENDER,
    }
    options[option] = value.format(line_break + EVIL)
    return [word for pair in options.items() for word in pair]


FIELDS = [
    ("--to", "reader@peers.test{}"), ("--to", "Name{} <reader@peers.test>"),
    ("--to", "reader{}@peers.test"), ("--cc", "cc@peers.test{}"), ("--bcc", "bcc@peers.test{}"),
    ("--from", "a@peers.test{}"), ("--from", "Name{} <a@peers.test>"), ("--subject", "Hello{}"),
    ("--header", "X-Fine: value{}"), ("--header", "X-Fine{}: value"),
    ("--connection", "mail@production{}"),
]


@pytest.mark.parametrize("line_break", BREAKS[:3], ids=["crlf", "lf", "cr"])
@pytest.mark.parametrize(("option", "value"), FIELDS)
def test_a_line_break_in_a_field_is_refused(vault, option, value, line_break):
    """Ends with 2, says what is wrong, and opens no connection."""
    with SilentServer() as server:
        connect(vault, "mail", server.port, "none")
        done = vault.run("send", *broken(option, value, line_break), check_exit=2)
        assert line_break not in explained(done).replace("\n  hint:", "").strip()
        assert server.clients == 0 and vault.json("outbox", "list") == []


def test_a_line_break_in_a_file_name_is_refused(vault):
    """A file on disk can be called anything; an attachment cannot."""
    with SilentServer() as server:
        connect(vault, "mail", server.port, "none")
        path = vault.file("a\r\nX-Evil: yes.txt", b"x")
        done = vault.run("send", *broken("--attach", str(path), ""), check_exit=2)
        assert explained(done) and server.clients == 0


RESERVED = ["Bcc", "Received", "Return-Path", "DKIM-Signature", "Content-Type", "MIME-Version"]


@pytest.mark.parametrize("name", RESERVED)
def test_reserved_fields_cannot_be_given(vault, name):
    """A further header field cannot pose as one that the mail system writes."""
    with SilentServer() as server:
        connect(vault, "mail", server.port, "none")
        vault.run("send", *broken("--header", f"{name}: x", ""), check_exit=2)
        assert server.clients == 0


SETTINGS = [
    ("--host", "mail.peers.test{}"), ("--from", "a@peers.test{}"), ("--username", "user{}"),
    ("--set", "local_domain=here{}"), ("--set", "from.name=Name{}"),
    ("--set", "from.reply_to=a@peers.test{}"), ("--set", "from.envelope=a@peers.test{}"),
    ("--set", "tls.server_name=mail{}"), ("--secret", "secret{}"), ("--ca", "peers{}"),
]


@pytest.mark.parametrize(("option", "value"), SETTINGS)
def test_a_connection_cannot_hold_a_line_break(vault, option, value):
    """No field that reaches the wire or a header takes one; exit 2 and nothing is stored."""
    for line_break in BREAKS[:3]:
        options = {"--host": "mail.peers.test", "--from": SENDER}
        options[option] = value.format(line_break + "RSET")
        words = [word for pair in options.items() for word in pair]
        done = vault.run(
            "connection", "create", "mail", "--env", "production", *words, check_exit=2
        )
        assert explained(done)
    assert vault.json("connection", "list") == []
