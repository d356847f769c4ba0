"""Dovecot below a temporary folder: the mailboxes, and the passwords that Postfix asks for."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from certificates import Certificates, Identity
from delivery import PasswordPeer, read_mails
from processes import HOST


class Dovecot(PasswordPeer):
    """Dovecot: POP3, IMAP, SASL for Postfix, LMTP into maildirs, and submission if it may relay.

    Every address of peers.test has a mailbox. Logins take PLAIN, LOGIN, CRAM-MD5, DIGEST-MD5,
    SCRAM-SHA-1 and SCRAM-SHA-256, and POP3 takes APOP. Of several passwords, PLAIN and LOGIN
    accept each; with the other mechanisms, which start from one known password, only the first
    counts. With `introspection`, the URL that knows access tokens, there are XOAUTH2 and
    OAUTHBEARER too; with `client_authority`, EXTERNAL for the common name of a certificate that
    it signed.

    Ports: pop3, pop3s, imap, imaps; with `relay_port`, the port of an SMTP server of this machine,
    also submission (STARTTLS) and submissions (TLS).
    """

    program = Path("/usr/sbin/dovecot")
    port_names = ("pop3", "pop3s", "imap", "imaps")
    #: How many passwords of one user can be valid at a time.
    password_slots = 3

    def __init__(
        self,
        certificates: Certificates,
        identity: Identity | None = None,
        relay_port: int | None = None,
        introspection: str | None = None,
        client_authority: Path | None = None,
    ):
        super().__init__()
        self.introspection = introspection
        self.client_authority = client_authority
        self.identity = identity or certificates.good
        self.relay_port = relay_port
        if relay_port is not None:
            self.port_names += ("submission", "submissions")

    @property
    def sasl_socket(self) -> Path:
        return self.folder / "run" / "sasl"

    @property
    def lmtp_socket(self) -> Path:
        return self.folder / "run" / "lmtp-peers"

    def mails(self, recipient: str) -> list[bytes]:
        return read_mails(self.folder / "mail" / recipient.lower() / "Maildir")

    def set_passwords(self, user: str, passwords: list[str]) -> None:
        if len(passwords) > self.password_slots:
            raise ValueError(f"at most {self.password_slots} passwords of one user")
        for slot in range(self.password_slots):
            path = self.folder / f"passwords-{slot}" / user
            if slot < len(passwords):
                self._replace(path, json.dumps({"password": "{PLAIN}" + passwords[slot]}))
            else:
                path.unlink(missing_ok=True)

    def configure(self) -> list[str]:
        for name in ("run", "state"):
            (self.folder / name).mkdir(mode=0o755)
        (self.folder / "mail").mkdir()
        shutil.chown(self.folder / "mail", "nobody", "nogroup")
        for slot in range(self.password_slots):
            (self.folder / f"passwords-{slot}").mkdir(mode=0o755)
            (self.folder / f"passwords-{slot}.conf").write_text(
                f"uri = fs:posix:prefix={self.folder}/\n"
                "key password {\n"
                f"  key = passwords-{slot}/%u\n"
                "  format = json\n"
                "}\n"
                "passdb_objects = password\n"
            )
        self._set_all_passwords()
        if self.introspection:
            (self.folder / "tokens.conf").write_text(
                f"introspection_url = {self.introspection}\n"
                "introspection_mode = auth\n"
                "username_attribute = username\n"
                "username_format = %u\n"
            )
        configuration = self.folder / "dovecot.conf"
        configuration.write_text(self._configuration())
        return [str(self.program), "-F", "-c", str(configuration)]

    def _configuration(self) -> str:
        protocols = "pop3 imap lmtp" + (" submission" if self.relay_port is not None else "")
        listeners = "".join(
            f"service {name.removesuffix('s')}-login {{\n  inet_listener {name} {{\n"
            f"    port = {port}\n    ssl = {'yes' if name.endswith('s') else 'no'}\n  }}\n}}\n"
            for name, port in self.ports.items()
        )
        mechanisms = "plain login apop cram-md5 digest-md5 scram-sha-1 scram-sha-256"
        passwords, clients = "", ""
        if self.introspection:
            mechanisms += " xoauth2 oauthbearer"
            passwords += (
                "passdb {\n  driver = oauth2\n  mechanisms = xoauth2 oauthbearer\n"
                f"  args = {self.folder}/tokens.conf\n}}\n"
            )
        if self.client_authority:
            mechanisms += " external"
            passwords += (
                "passdb {\n  driver = static\n  mechanisms = external\n"
                "  args = nopassword=y\n}\n"
            )
            clients = (
                f"ssl_ca = <{self.client_authority}\nssl_verify_client_cert = yes\n"
                "ssl_require_crl = no\nauth_ssl_username_from_cert = yes\n"
            )
        passwords += "".join(
            f"passdb {{\n  driver = dict\n  args = {self.folder}/passwords-{slot}.conf\n}}\n"
            for slot in range(self.password_slots)
        )
        return f"""\
base_dir = {self.folder}/run
state_dir = {self.folder}/state
log_path = {self.folder}/dovecot.log
protocols = {protocols}
listen = {HOST}
hostname = localhost
ssl = yes
ssl_cert = <{self.identity.certificate}
ssl_key = <{self.identity.key}
ssl_min_protocol = TLSv1.2
disable_plaintext_auth = yes
{clients}auth_mechanisms = {mechanisms}
auth_username_chars =
auth_username_format = %u
auth_failure_delay = 0
auth_cache_size = 0
auth_verbose = yes
mail_location = maildir:~/Maildir
first_valid_uid = 1
submission_relay_host = {HOST}
submission_relay_port = {self.relay_port or 25}
submission_relay_trusted = yes
{listeners}{passwords}\
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home={self.folder}/mail/%Lu allow_all_users=yes
}}
service auth {{
  unix_listener {self.sasl_socket.name} {{
    mode = 0666
  }}
}}
service lmtp {{
  unix_listener {self.lmtp_socket.name} {{
    mode = 0666
  }}
}}
# Without this socket, wrong passwords do not slow down the next login.
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
"""
