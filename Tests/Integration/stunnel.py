"""stunnel before a mail server: every kind of TLS that a client must take, or refuse."""

from __future__ import annotations

from pathlib import Path

from certificates import Certificates, Identity
from processes import HOST, Peer

_OLD = ("sslVersionMin = TLSv1.1", "sslVersionMax = TLSv1.1", "ciphers = ALL:@SECLEVEL=0")


class Stunnel(Peer):
    """stunnel in front of the plain SMTP port `target` of this machine.

    Ports with TLS from the first byte: good, expired, not_yet_valid, wrong_name, common_name_only,
    untrusted (by their certificate), tls11 (TLS 1.1 alone) and tls12 (TLS 1.2 at most). Ports
    with STARTTLS: starttls, starttls_expired, starttls_wrong_name, starttls_untrusted,
    starttls_tls11.
    """

    program = Path("/usr/bin/stunnel4")
    _IDENTITIES = (
        "good", "expired", "not_yet_valid", "wrong_name", "common_name_only", "untrusted",
    )
    port_names = (
        *_IDENTITIES, "tls11", "tls12", "starttls", "starttls_expired", "starttls_wrong_name",
        "starttls_untrusted", "starttls_tls11",
    )

    def __init__(self, certificates: Certificates, target: int):
        super().__init__()
        self.certificates = certificates
        self.target = target

    def configure(self) -> list[str]:
        lines = ["foreground = yes", "pid =", "debug = notice", "syslog = no"]
        for name, port in self.ports.items():
            lines += self._service(name, port)
        path = self.folder / "stunnel.conf"
        path.write_text("\n".join(lines) + "\n")
        return [str(self.program), str(path)]

    def _service(self, name: str, port: int) -> list[str]:
        flaw = name.removeprefix("starttls").removeprefix("_")
        identity: Identity = (
            getattr(self.certificates, flaw) if flaw in self._IDENTITIES else self.certificates.good
        )
        lines = [
            f"[{name}]", f"accept = {HOST}:{port}", f"connect = {HOST}:{self.target}",
            f"cert = {identity.certificate}", f"key = {identity.key}", "TIMEOUTclose = 0",
        ]
        if name.startswith("starttls"):
            lines.append("protocol = smtp")
        if flaw == "tls11":
            lines += _OLD
        if flaw == "tls12":
            lines.append("sslVersionMax = TLSv1.2")
        return lines
