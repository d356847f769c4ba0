"""Parses each NAME.eml of a folder with Python's email package and compares it with NAME.expect.

A line of NAME.expect is a key and values in hexadecimal UTF-8, separated by spaces. Differences go
to standard output, and make the exit status 1.
"""
import email
import email.policy
import pathlib
import sys


def addresses(message, field):
    value = message[field]
    return [] if value is None else [(a.display_name, a.addr_spec) for a in value.addresses]


def body(message, kind):
    for part in message.walk():
        if part.get_content_type() == kind and part.get_content_disposition() is None:
            return part.get_content().replace("\r\n", "\n").rstrip("\n")
    return None


def attachments(message):
    found = []
    for part in message.walk():
        if part.get_content_disposition() is None:
            continue
        if part.get_content_type() == "message/rfc822":
            data = part.get_payload(0).as_bytes(policy=email.policy.SMTP)
        else:
            data = part.get_payload(decode=True)
        found.append((part.get_filename() or "", part.get_content_type(), data.hex()))
    return found


def check(path):
    data = path.read_bytes()
    if data.isascii():
        message = email.message_from_bytes(data, policy=email.policy.default)
    else:
        message = email.message_from_string(data.decode(), policy=email.policy.default)
    expected = {}
    for line in path.with_suffix(".expect").read_text().splitlines():
        key, *values = line.split(" ")
        expected.setdefault(key, []).append(tuple(values))

    def text(values):
        return tuple(bytes.fromhex(v).decode() for v in values)

    def compare(what, wanted, got):
        if wanted != got:
            problems.append(f"{path.name}: {what}: wanted {wanted!r}, got {got!r}"[:400])

    problems = []
    compare("subject", text(expected["subject"][0])[0], str(message["subject"] or ""))
    compare("message-id", text(expected["message-id"][0])[0], str(message["message-id"]))
    for field in ("from", "sender", "reply-to", "to", "cc"):
        compare(field, [text(v) for v in expected.get(field, [])], addresses(message, field))
    compare("bcc", None, message["bcc"])
    for key, kind in (("text", "text/plain"), ("html", "text/html")):
        wanted = expected.get(key)
        compare(key, text(wanted[0])[0] if wanted else None, body(message, kind))
    wanted = [text(v[:2]) + (v[2],) for v in expected.get("attachment", [])]
    compare("attachments", wanted, attachments(message))
    for part in message.walk():
        # Two filenames, one of them the fallback, are meant.
        defects = [d for d in part.defects]
        if defects:
            problems.append(f"{path.name}: defects: {defects!r}")
    for line in data.split(b"\r\n"):
        if b"\n" in line or b"\r" in line:
            problems.append(f"{path.name}: a newline that is not CRLF")
        if len(line) > 998:
            problems.append(f"{path.name}: a line of {len(line)} octets")
    return problems


def main():
    problems = []
    paths = sorted(pathlib.Path(sys.argv[1]).glob("*.eml"))
    for path in paths:
        problems += check(path)
    for problem in problems:
        print(problem)
    print(f"{len(paths)} checked")
    return 1 if problems else 0


sys.exit(main())
