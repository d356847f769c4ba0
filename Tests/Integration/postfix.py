"""Postfix below a temporary folder, with Dovecot for its logins and its mailboxes."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from accounts import DOMAIN
from certificates import Certificates, Identity
from delivery import DEFERRED, REFUSED, DeliveringPeer
from dovecot import Dovecot
from processes import HOST

# name, wakeup seconds, process limit, program and its options; for all: unix or fifo, not chrooted.
_SERVICES = """
pickup     60    1 pickup
cleanup    -     0 cleanup
qmgr       300   1 qmgr
tlsmgr     1000? 1 tlsmgr
rewrite    -     - trivial-rewrite
bounce     -     0 bounce
defer      -     0 bounce
trace      -     0 bounce
verify     -     1 verify
flush      1000? 0 flush
proxymap   -     - proxymap
proxywrite -     1 proxymap
smtp       -     - smtp
relay      -     - smtp
showq      -     - showq
error      -     - error
retry      -     - error
discard    -     - discard
local      -     - local
virtual    -     - virtual
lmtp       -     - lmtp
anvil      -     1 anvil
scache     -     1 scache
postlog    -     1 postlogd
"""
_PUBLIC = {"pickup", "cleanup", "qmgr", "flush", "showq", "postlog"}
_QUEUE_FOLDERS = (
    "active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "maildrop",
    "private", "public", "saved", "trace",
)


class Postfix(DeliveringPeer):
    """Postfix as a relay: plain without AUTH, submission with STARTTLS, and submission with TLS.

    The last two ask for AUTH (PLAIN, LOGIN, CRAM-MD5, DIGEST-MD5, SCRAM-SHA-1, SCRAM-SHA-256) and
    offer it under TLS only. Mail to peers.test goes over LMTP into the mailboxes of `dovecot`,
    all other mail is accepted and thrown away. RCPT for REFUSED gets 550, for DEFERRED 451.

    Ports: smtp, submission, smtps.
    """

    program = Path("/usr/lib/postfix/sbin/master")
    port_names = ("smtp", "submission", "smtps")

    def __init__(
        self,
        certificates: Certificates,
        dovecot: Dovecot,
        identity: Identity | None = None,
        settings: dict[str, str] | None = None,
    ):
        """`dovecot` must be running; `settings` are further lines for main.cf."""
        super().__init__()
        self.identity = identity or certificates.good
        self.dovecot = dovecot
        self.settings = settings or {}

    def mails(self, recipient: str) -> list[bytes]:
        return self.dovecot.mails(recipient)

    def configure(self) -> list[str]:
        etc, data = self.folder / "etc", self.folder / "data"
        for path in (etc, data):
            path.mkdir()
        shutil.chown(data, "postfix")
        self._make_queue(self.folder / "spool")
        for name, text in (("main.cf", self._main()), ("master.cf", self._master())):
            (etc / name).write_text(text)
            # Postfix waits for a second or two while its settings look as if still being written.
            os.utime(etc / name, (0, 0))
        # master(8) itself, without the checks of postfix(1), which take two seconds; -s because it
        # leads its session and process group already.
        return [str(self.program), "-c", str(etc), "-s"]

    @staticmethod
    def _make_queue(spool: Path) -> None:
        """Makes the queue's folders as /etc/postfix/postfix-files describes them."""
        spool.mkdir()
        for name in _QUEUE_FOLDERS:
            (spool / name).mkdir(mode=0o700)
            shutil.chown(spool / name, "postfix")
        for name, mode in (("public", 0o710), ("maildrop", 0o730)):
            shutil.chown(spool / name, "postfix", "postdrop")
            (spool / name).chmod(mode)
        (spool / "pid").mkdir()

    def logs(self) -> str:
        """As of every peer; while there is no log, what is wrong with the settings.

        Before it has read them, master(8) talks to syslog alone, but postmap(1) to anyone.
        """
        if (self.folder / "postfix.log").exists():
            return super().logs()
        check = ["postmap", "-c", str(self.folder / "etc"), "-q", "any", "static:all"]
        return subprocess.run(check, capture_output=True, text=True).stderr

    def _main(self) -> str:
        settings = {
            "compatibility_level": "3.6",
            "queue_directory": self.folder / "spool",
            "data_directory": self.folder / "data",
            "maillog_file": self.folder / "postfix.log",
            "maillog_file_prefixes": self.folder,
            "inet_interfaces": HOST,
            "inet_protocols": "ipv4",
            "myhostname": "localhost",
            "mydestination": "",
            "mynetworks": "127.0.0.0/8",
            "alias_maps": "",
            "virtual_mailbox_domains": DOMAIN,
            "virtual_mailbox_maps": "static:all",
            "virtual_transport": f"lmtp:unix:{self.dovecot.lmtp_socket}",
            "default_transport": "discard:",
            "relay_transport": "discard:",
            "message_size_limit": "52428800",
            "smtputf8_enable": "yes",
            "smtpd_peername_lookup": "no",
            "smtpd_client_connection_count_limit": "0",
            "smtpd_error_sleep_time": "0",
            "default_process_limit": "60",
            "smtpd_tls_security_level": "may",
            "smtpd_tls_chain_files": f"{self.identity.key}, {self.identity.certificate}",
            "smtpd_sasl_type": "dovecot",
            "smtpd_sasl_path": self.dovecot.sasl_socket,
            "smtpd_sasl_security_options": "noanonymous",
            "smtpd_tls_auth_only": "yes",
            "refusals": f"inline:{{ {{{REFUSED}=550 5.1.1 No such mailbox}}, "
            f"{{{DEFERRED}=451 4.3.0 Mailbox is busy}} }}",
            "smtpd_relay_restrictions": "",
            "smtpd_recipient_restrictions":
                "check_recipient_access $refusals, permit_mynetworks, reject",
            "members_only":
                "check_recipient_access $refusals, permit_sasl_authenticated, reject",
            **self.settings,
        }
        return "".join(f"{name} = {value}\n" for name, value in settings.items())

    def _master(self) -> str:
        members = "-o smtpd_sasl_auth_enable=yes -o smtpd_recipient_restrictions=$members_only"
        lines = [
            f"{HOST}:{self.port('smtp')} inet n - n - - smtpd",
            f"{HOST}:{self.port('submission')} inet n - n - - smtpd {members}"
            " -o smtpd_tls_security_level=encrypt",
            f"{HOST}:{self.port('smtps')} inet n - n - - smtpd {members}"
            " -o smtpd_tls_wrappermode=yes",
        ]
        for service in _SERVICES.split("\n")[1:-1]:
            name, wakeup, limit, program = service.split()
            kind = "unix-dgram" if name == "postlog" else "unix"
            private = "n" if name in _PUBLIC else "-"
            lines.append(f"{name} {kind} {private} - n {wakeup} {limit} {program}")
        return "\n".join(lines) + "\n"
