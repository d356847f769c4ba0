"""Real mail clients: each sends one mail to an SMTP server and says how that ended.

    outcome = send_with_curl(Server(port, "starttls", ca_file, accounts.ODD), Mail(...))
    assert outcome.accepted, outcome.transcript

All of them insist on the security asked for and check the server's certificate against `ca_file`
alone, its name too, but for swaks, whose version in Debian 12 has no check of the name. Passwords
travel over files, standard input or the environment, never as arguments.
"""

from __future__ import annotations

import base64
import json
import os
import re
import smtplib
import ssl
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from accounts import Account
from processes import UNPACKED

Security = Literal["plain", "starttls", "tls"]
#: What stopped a client: its login or the server's certificate was refused, or anything else.
Failure = Literal["authentication", "certificate", "other"]

TIMEOUT_SECONDS = 20


@dataclass(frozen=True)
class Server:
    """Where and how to submit a mail."""

    port: int
    security: Security
    #: The certificate of the authority to trust; needed unless `security` is "plain".
    ca_file: Path | None = None
    #: The login, or none.
    account: Account | None = None
    #: The SASL mechanism to use; the client chooses if none is given.
    mechanism: str | None = None
    host: str = "localhost"


@dataclass(frozen=True)
class Mail:
    """An envelope and a message, whose lines end in LF here and in CRLF on the wire."""

    sender: str
    recipients: tuple[str, ...]
    message: bytes

    @classmethod
    def simple(cls, sender: str, recipient: str, subject: str, text: str = "Hello.\n") -> Mail:
        """A mail of four header fields and an ASCII text."""
        header = f"From: {sender}\nTo: {recipient}\nSubject: {subject}\nMessage-ID: <{subject}@t>\n"
        return cls(sender, (recipient,), f"{header}\n{text}".encode("ascii"))

    @property
    def wire_form(self) -> bytes:
        return self.message.replace(b"\n", b"\r\n")


@dataclass(frozen=True)
class Outcome:
    """How a client saw its mail end."""

    #: `None` if the server took the mail for all its recipients.
    failure: Failure | None
    #: What the client printed, or the text of its error.
    transcript: str

    @property
    def accepted(self) -> bool:
        return self.failure is None


def send_with_smtplib(server: Server, mail: Mail) -> Outcome:
    """Python's smtplib. It encodes logins in ASCII only, so others are said for it as PLAIN."""
    context = ssl.create_default_context(cafile=server.ca_file)
    arguments = (server.host, server.port, "localhost", TIMEOUT_SECONDS)
    try:
        if server.security == "tls":
            client = smtplib.SMTP_SSL(*arguments[:3], timeout=TIMEOUT_SECONDS, context=context)
        else:
            client = smtplib.SMTP(*arguments)
        with client:
            if server.security == "starttls":
                client.starttls(context=context)
            client.ehlo()
            if server.account:
                _login(client, server.account, server.mechanism)
            refused = client.sendmail(mail.sender, mail.recipients, mail.wire_form)
    except smtplib.SMTPAuthenticationError as error:
        return Outcome("authentication", str(error))
    except ssl.SSLCertVerificationError as error:
        return Outcome("certificate", str(error))
    except (OSError, smtplib.SMTPException) as error:
        return Outcome("other", str(error))
    return Outcome("other" if refused else None, str(refused))


def _login(client: smtplib.SMTP, account: Account, mechanism: str | None) -> None:
    user, password = account.user, account.password
    if not (user + password).isascii():
        if mechanism not in (None, "PLAIN"):
            raise ValueError(f"smtplib cannot say {account} in {mechanism}")
        response = base64.b64encode(f"\0{user}\0{password}".encode()).decode()
        code, text = client.docmd("AUTH", f"PLAIN {response}")
        if code != 235:
            raise smtplib.SMTPAuthenticationError(code, text)
    elif mechanism:
        client.user, client.password = user, password
        method = getattr(client, "auth_" + mechanism.lower().replace("-", "_"))
        client.auth(mechanism, method)
    else:
        client.login(user, password)


def send_with_swaks(server: Server, mail: Mail) -> Outcome:
    """swaks, told by its environment; it does not check the name in the certificate."""
    with _Workplace() as place:
        # Without fixing up, swaks leaves `%` tokens, `\n`, dots and the end of the mail alone.
        stuffed = re.sub(rb"(?m)^\.", b"..", mail.wire_form) + b".\r\n"
        options = {
            "server": server.host, "port": server.port, "ehlo": "localhost",
            "from": mail.sender, "to": ",".join(mail.recipients),
            "data": f"@{place.file('mail', stuffed)}", "no_data_fixup": "",
            "timeout": TIMEOUT_SECONDS,
        }
        if server.security != "plain":
            options |= {"tls_verify": "", "tls_ca_path": server.ca_file}
            options["tls" if server.security == "starttls" else "tls_on_connect"] = ""
        if server.account:
            options["auth"] = server.mechanism or "PLAIN,LOGIN,CRAM-MD5"
            options["auth_user"] = server.account.user
            options["auth_password"] = server.account.password
        settings = {f"SWAKS_OPT_{name}": str(value) for name, value in options.items()}
        return place.run(["swaks"], 28, "certificate verify failed", settings=settings)


def send_with_curl(server: Server, mail: Mail) -> Outcome:
    """curl, told by a configuration on standard input."""
    with _Workplace() as place:
        scheme = "smtps" if server.security == "tls" else "smtp"
        options = [
            ("url", f"{scheme}://{server.host}:{server.port}/localhost"),
            ("mail-from", mail.sender),
            *(("mail-rcpt", recipient) for recipient in mail.recipients),
            ("upload-file", place.file("mail", mail.wire_form)),
            ("max-time", TIMEOUT_SECONDS), ("noproxy", "*"),
        ]
        if server.ca_file:
            options.append(("cacert", server.ca_file))
        if server.account:
            options.append(("user", f"{server.account.user}:{server.account.password}"))
        if server.mechanism:
            options.append(("login-options", f"AUTH={server.mechanism}"))
        lines = [f'{name} = "{_curl_quoted(str(value))}"' for name, value in options]
        if server.security == "starttls":
            lines.append("ssl-reqd")
        command = ["curl", "-q", "--silent", "--show-error", "--verbose", "--config", "-"]
        return place.run(command, 67, "curl: (60)", stdin="\n".join(lines).encode())


def _curl_quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')


def send_with_msmtp(server: Server, mail: Mail) -> Outcome:
    """msmtp, told by a configuration file; it reads the password from what `cat` prints."""
    with _Workplace() as place:
        lines = [
            "account default", f"host {server.host}", f"port {server.port}",
            f"from {mail.sender}", "domain localhost", f"timeout {TIMEOUT_SECONDS}",
            f"tls {'off' if server.security == 'plain' else 'on'}",
            f"tls_starttls {'on' if server.security == 'starttls' else 'off'}",
        ]
        if server.ca_file:
            lines.append(f'tls_trust_file "{server.ca_file}"')
        if server.account:
            password = place.file("password", server.account.password.encode() + b"\n")
            lines += [
                f"auth {(server.mechanism or 'on').lower()}",
                f'user "{server.account.user}"', f'passwordeval "cat {password}"',
            ]
        configuration = place.file("msmtprc", "\n".join(lines).encode() + b"\n")
        command = ["msmtp", "--debug", f"--file={configuration}", "--", *mail.recipients]
        return place.run(
            command, 77, "TLS certificate verification failed", stdin=mail.message
        )


_NODEMAILER = """
const { server, mail, module } = JSON.parse(require("fs").readFileSync(0));
const transport = require(module).createTransport({
    host: server.host, port: server.port, name: "localhost", authMethod: server.mechanism,
    secure: server.security === "tls", requireTLS: server.security === "starttls",
    ignoreTLS: server.security === "plain", auth: server.auth, tls: { ca: server.ca },
});
transport.sendMail(mail).then(
    (done) => { console.log(done.response); process.exit(done.rejected.length ? 1 : 0); },
    (error) => {
        console.log(error.code, error.message);
        process.exit(error.code === "EAUTH" ? 10 : 1);
    });
"""


def send_with_nodemailer(server: Server, mail: Mail) -> Outcome:
    """nodemailer, in Node.js, told by JSON on standard input."""
    account = server.account
    request = {
        "module": str(UNPACKED / "usr/share/nodejs/nodemailer"),
        "server": {
            "host": server.host, "port": server.port, "security": server.security,
            "mechanism": server.mechanism, "ca": server.ca_file and server.ca_file.read_text(),
            "auth": account and {"user": account.user, "pass": account.password},
        },
        "mail": {
            "envelope": {"from": mail.sender, "to": mail.recipients},
            "raw": mail.wire_form.decode("utf-8"),
        },
    }
    with _Workplace() as place:
        command = ["node", "-e", _NODEMAILER]
        return place.run(command, 10, "certificate", stdin=json.dumps(request).encode())


class _Workplace:
    """A temporary folder that is a client's home, so that no settings of the user reach it."""

    def __enter__(self) -> _Workplace:
        self._folder = tempfile.TemporaryDirectory(prefix="signet-client-")
        return self

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()

    def file(self, name: str, content: bytes) -> Path:
        path = Path(self._folder.name, name)
        path.write_bytes(content)
        path.chmod(0o600)
        return path

    def run(
        self, command: list[str], authentication: int, certificate: str, *,
        stdin: bytes = b"", settings: dict[str, str] | None = None,
    ) -> Outcome:
        """Runs a client.

        With the exit status `authentication` it says that its login was refused, with the words
        `certificate` that it refused the certificate.
        """
        environment = {
            "PATH": os.environ["PATH"], "HOME": self._folder.name, "LANG": "C.UTF-8",
            **(settings or {}),
        }
        done = subprocess.run(
            command, input=stdin, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env=environment, cwd=self._folder.name, timeout=TIMEOUT_SECONDS + 10,
        )
        printed = done.stdout.decode(errors="replace")
        failure: Failure | None = None
        if done.returncode == authentication:
            failure = "authentication"
        elif done.returncode != 0:
            failure = "certificate" if certificate in printed else "other"
        return Outcome(failure, f"exit {done.returncode}\n{printed}")


#: Every client, by name.
CLIENTS: dict[str, Callable[[Server, Mail], Outcome]] = {
    "smtplib": send_with_smtplib,
    "swaks": send_with_swaks,
    "curl": send_with_curl,
    "msmtp": send_with_msmtp,
    "nodemailer": send_with_nodemailer,
}
#: The clients that check the name in the server's certificate.
NAME_CHECKING_CLIENTS = [name for name in CLIENTS if name != "swaks"]
