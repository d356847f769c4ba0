"""Certificates of a test authority, good ones and bad ones, made by the openssl command."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from processes import readable_folder

_P256 = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
_LOCALHOST = "DNS:localhost,IP:127.0.0.1,IP:::1"

# Only `openssl ca` signs with dates of one's choice.
_CA_CONFIGURATION = """
[ca]
default_ca = authority
[authority]
database = {folder}/index
serial = {folder}/serial
new_certs_dir = {folder}
certificate = {folder}/ca.pem
private_key = {folder}/ca.key
default_md = sha256
policy = any
copy_extensions = none
unique_subject = no
[any]
commonName = supplied
[leaf]
subjectAltName = {names}
extendedKeyUsage = {usage}
basicConstraints = CA:FALSE
keyUsage = digitalSignature
"""


@dataclass(frozen=True)
class Identity:
    """A server's certificate and its private key, as PEM files."""

    certificate: Path
    key: Path


class Certificates:
    """A certificate authority in a temporary folder, and what it signed; a context manager.

    All keys are P-256 and readable by every daemon's user: they are worth nothing outside a test.
    """

    #: The file with the certificate of the authority that a client is to trust.
    authority: Path
    #: For localhost, 127.0.0.1 and ::1, valid now.
    good: Identity
    #: As `good`, but valid in January 2020 only.
    expired: Identity
    #: As `good`, but valid from the year 2040 on.
    not_yet_valid: Identity
    #: Valid, but for other.test.
    wrong_name: Identity
    #: Has localhost as common name alone, which clients must not look at (RFC 9525).
    common_name_only: Identity
    #: As `good`, but signed by itself, so by nobody whom a client trusts.
    untrusted: Identity

    def __enter__(self) -> Certificates:
        self.folder = readable_folder("signet-certificates-")
        try:
            self._make_authority()
            now = ("-days", "3650")
            self.good = self._sign("good", "localhost", _LOCALHOST, now)
            self.expired = self._sign(
                "expired", "localhost", _LOCALHOST,
                ("-startdate", "20200101000000Z", "-enddate", "20200201000000Z"),
            )
            self.not_yet_valid = self._sign(
                "not-yet-valid", "localhost", _LOCALHOST,
                ("-startdate", "20400101000000Z", "-enddate", "20410101000000Z"),
            )
            self.wrong_name = self._sign("wrong-name", "other.test", "DNS:other.test", now)
            self.common_name_only = self._sign("common-name", "localhost", "DNS:other.test", now)
            self.untrusted = self._self_signed("untrusted", _LOCALHOST)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def client(self, name: str) -> Identity:
        """Signs a certificate with which a client proves that it is `name`."""
        stem = f"client-{len(list(self.folder.glob('client-*.pem')))}"
        subject = name.replace("\\", "\\\\").replace("/", "\\/")
        names = f"email:{name}" if "@" in name and name.isascii() else "DNS:client.test"
        return self._sign(stem, subject, names, ("-days", "3650"), "clientAuth")

    def fingerprint(self, identity: Identity) -> str:
        """The SHA-256 of the certificate in lower-case hexadecimal digits, without colons."""
        printed = _openssl("x509", "-in", identity.certificate, "-noout", "-fingerprint", "-sha256")
        return printed.partition("=")[2].strip().replace(":", "").lower()

    def _make_authority(self) -> None:
        (self.folder / "index").touch()
        (self.folder / "serial").write_text("1000\n")
        self.authority = self.folder / "ca.pem"
        _openssl(
            "req", "-x509", *_P256, "-days", "3650", "-subj", "/CN=Signet test authority",
            "-addext", "keyUsage=critical,keyCertSign,cRLSign",
            "-keyout", self.folder / "ca.key", "-out", self.authority,
        )

    def _sign(
        self, stem: str, common_name: str, names: str, dates: tuple[str, ...],
        usage: str = "serverAuth",
    ) -> Identity:
        identity, request = self._files(stem), self.folder / f"{stem}.csr"
        configuration = self.folder / "ca.cnf"
        configuration.write_text(
            _CA_CONFIGURATION.format(folder=self.folder, names=names, usage=usage)
        )
        _openssl(
            "req", *_P256, "-utf8", "-subj", f"/CN={common_name}", "-keyout", identity.key,
            "-out", request,
        )
        _openssl(
            "ca", "-batch", "-notext", "-config", configuration, "-extensions", "leaf", *dates,
            "-in", request, "-out", identity.certificate,
        )
        return self._readable(identity)

    def _self_signed(self, stem: str, names: str) -> Identity:
        identity = self._files(stem)
        _openssl(
            "req", "-x509", *_P256, "-days", "3650", "-subj", "/CN=localhost",
            "-addext", f"subjectAltName={names}",
            "-keyout", identity.key, "-out", identity.certificate,
        )
        return self._readable(identity)

    def _files(self, stem: str) -> Identity:
        return Identity(self.folder / f"{stem}.pem", self.folder / f"{stem}.key")

    def _readable(self, identity: Identity) -> Identity:
        identity.certificate.chmod(0o644)
        identity.key.chmod(0o644)
        return identity


def _openssl(*arguments: object) -> str:
    """Runs one openssl command; its words on standard error are the message if it fails."""
    done = subprocess.run(
        ["openssl", *map(str, arguments)], capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    if done.returncode != 0:
        raise RuntimeError(f"openssl {arguments[0]} failed:\n{done.stderr}")
    return done.stdout
