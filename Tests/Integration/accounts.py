"""The accounts of every server that authenticates, with passwords that are awkward to carry."""

from __future__ import annotations

import string
from dataclasses import dataclass

DOMAIN = "peers.test"


@dataclass(frozen=True)
class Account:
    """A user name and its password."""

    user: str
    password: str


PLAIN = Account(f"alice@{DOMAIN}", "wonderland-1")
#: A name without a domain; a password with spaces, `=`, `,` and quotes.
ODD = Account("bob", "b0b pass=with,odd\"chars and 'more'")
#: Not ASCII, in both.
UNICODE = Account(f"ünï@{DOMAIN}", "pässwörd-Ω")
#: 200 characters: a PLAIN response in one line of more than 255 octets.
LONG = Account(f"long@{DOMAIN}", (string.ascii_letters + string.digits) * 3 + "0123456789abcd")
#: What shells, URLs, configuration files and password schemes give a meaning to.
SYMBOLS = Account(f"carol@{DOMAIN}", "{PLAIN}:%u\\n$HOME`id`#;&|<>?*!~^@/ \\end\\")

ACCOUNTS = {
    "plain": PLAIN,
    "odd": ODD,
    "unicode": UNICODE,
    "long": LONG,
    "symbols": SYMBOLS,
}

assert len(LONG.password) == 200
