"""Real mail servers for integration tests: Dovecot, Postfix, Exim and smtp-sink on 127.0.0.1.

    with (
        Certificates() as certificates,
        Dovecot(certificates) as dovecot,
        Postfix(certificates, dovecot) as postfix,
    ):
        ...send to postfix.port("submission") as accounts.ODD...
        mail = postfix.wait_for_mail("someone@peers.test", subject="hello")

Each server runs from one temporary folder under supervise.py; none reads or writes /etc or touches
a system service. Where a server takes an `identity`, one of the bad ones of Certificates fits too.
"""

from __future__ import annotations

from pathlib import Path

from accounts import ACCOUNTS, DOMAIN, Account
from certificates import Certificates, Identity
from delivery import DEFERRED, REFUSED
from dovecot import Dovecot
from exim import Exim
from postfix import Postfix
from processes import HOST, Peer, PeerError

__all__ = [
    "ACCOUNTS", "DEFERRED", "DOMAIN", "HOST", "REFUSED", "Account", "Certificates", "Dovecot",
    "Exim", "Identity", "Peer", "PeerError", "Postfix", "SMTPSink",
]


class SMTPSink(Peer):
    """Postfix's smtp-sink: takes and forgets every mail, the yardstick of speed.

    Port: smtp, without TLS. It announces AUTH (but not with option `-a`) without meaning it: to a
    login it says 250, never 235.
    """

    program = Path("/usr/sbin/smtp-sink")
    backlog = 512

    def __init__(self, *options: str):
        """`options` as in smtp-sink(1), for example `-r rcpt` to refuse recipients softly."""
        super().__init__()
        self.options = options

    def configure(self) -> list[str]:
        address = f"{HOST}:{self.port('smtp')}"
        return [str(self.program), "-u", "postfix", *self.options, address, str(self.backlog)]
