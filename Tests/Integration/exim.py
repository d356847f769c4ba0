"""Exim below a temporary folder, from the package that is unpacked beside the build."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from accounts import DOMAIN
from certificates import Certificates, Identity
from delivery import DEFERRED, REFUSED, PasswordPeer, read_mails
from processes import HOST, UNPACKED

# Exim has the name of its user built in, and Debian's package would make that user. Here, a file
# with one more line stands in for /etc/passwd, in a mount namespace that nobody else sees.
_USER, _ID = "Debian-exim", 65533
_SCRIPT = """\
mount --bind "$1/passwd" /etc/passwd && mount --bind "$1/group" /etc/group &&
exec "$2" -C "$1/exim.conf" -bdf -q5m
"""


class Exim(PasswordPeer):
    """Exim (GnuTLS): AUTH PLAIN and LOGIN, offered under TLS only; delivers into a maildir.

    Without AUTH it takes mail for peers.test alone, with AUTH for every domain; all of it lands
    in the maildir. RCPT for REFUSED gets 550, for DEFERRED 451. Any number of passwords of one
    user can be valid at a time.

    Ports: smtp (STARTTLS), smtps.
    """

    program = UNPACKED / "usr" / "sbin" / "exim4"
    port_names = ("smtp", "smtps")

    def __init__(self, certificates: Certificates, identity: Identity | None = None):
        super().__init__()
        self.identity = identity or certificates.good

    def mails(self, recipient: str) -> list[bytes]:
        wanted = f"Envelope-to: {recipient}\n".encode()
        return [
            mail for mail in read_mails(self.folder / "mail")
            if wanted in mail.partition(b"\n\n")[0] + b"\n"
        ]

    def set_passwords(self, user: str, passwords: list[str]) -> None:
        path = self.folder / "passwords" / user
        if passwords:
            digests = [hashlib.sha256(one.encode()).hexdigest().upper() for one in passwords]
            self._replace(path, "\n".join(digests) + "\n")
        else:
            path.unlink(missing_ok=True)

    def configure(self) -> list[str]:
        for name in ("spool", "mail"):
            (self.folder / name).mkdir()
            os.chown(self.folder / name, _ID, _ID)
        (self.folder / "passwords").mkdir(mode=0o755)
        self._set_all_passwords()
        for name, line in (
            ("passwd", f"{_USER}:x:{_ID}:{_ID}::/:/bin/false\n"),
            ("group", f"{_USER}:x:{_ID}:\n"),
        ):
            lines = Path("/etc", name).read_text().splitlines(keepends=True)
            others = [one for one in lines if not one.startswith(f"{_USER}:")]
            (self.folder / name).write_text("".join(others) + line)
        (self.folder / "exim.conf").write_text(self._configuration())
        script = ["sh", "-c", _SCRIPT, "sh", str(self.folder), str(self.program)]
        return ["unshare", "--mount", *script]

    def logs(self) -> str:
        main = self.folder / "spool" / "mainlog"
        lines = main.read_text(errors="replace").splitlines()[-20:] if main.exists() else []
        return "\n".join([super().logs(), *lines])

    def _configuration(self) -> str:
        passwords = self.folder / "passwords"

        def is_password(given: str, user: str) -> str:
            """An expansion: whether the digest of `given` stands in the file of `user`."""
            known = f"${{readfile{{{passwords}/$value}}{{:}}}}"
            lookup = f"${{lookup{{{user}}}dsearch{{{passwords}}}{{{known}}}}}"
            return f"${{if inlist{{${{sha256:{given}}}}}{{{lookup}}}}}"

        return f"""\
exim_path = {self.program}
primary_hostname = localhost
spool_directory = {self.folder}/spool
log_file_path = {self.folder}/spool/%slog
keep_environment =
daemon_smtp_ports = {self.port('smtp')} : {self.port('smtps')}
tls_on_connect_ports = {self.port('smtps')}
local_interfaces = {HOST}
domainlist local_domains = {DOMAIN}
tls_advertise_hosts = *
tls_certificate = {self.identity.certificate}
tls_privatekey = {self.identity.key}
auth_advertise_hosts = ${{if eq{{$tls_in_cipher}}{{}}{{}}{{*}}}}
acl_smtp_rcpt = check_recipient
message_size_limit = 50M
smtp_accept_max = 200
smtp_accept_max_per_host = 0
host_lookup =
rfc1413_query_timeout = 0s
deliver_drop_privilege = true
daemon_startup_retries = 0
never_users =

begin acl
check_recipient:
  deny recipients = {REFUSED}
       message = 550 5.1.1 No such mailbox
  defer recipients = {DEFERRED}
       message = 451 4.3.0 Mailbox is busy
  accept authenticated = *
  accept domains = +local_domains
  deny message = relay not permitted

begin routers
all:
  driver = accept
  transport = file

begin transports
file:
  driver = appendfile
  directory = {self.folder}/mail
  maildir_format
  create_directory
  envelope_to_add
  return_path_add
  user = {_USER}

begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = {is_password('$auth3', '$auth2')}
  server_set_id = $auth2
login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = "Username:: : Password::"
  server_condition = {is_password('$auth2', '$auth1')}
  server_set_id = $auth1
"""
