"""The server's side of every SASL mechanism, written from the RFCs to judge the vault's by.

An `Authenticator` knows one account. It is no server: whoever runs it carries challenges and
answers in Base64, as SMTP does (RFC 4954).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import ssl
from collections.abc import Callable

from accounts import Account
from certificates import Identity

_HASHES = {"SHA-1": "sha1", "SHA-256": "sha256", "SHA-512": "sha512"}
SCRAM = tuple(f"SCRAM-{name}" for name in _HASHES)
SCRAM_PLUS = tuple(f"{name}-PLUS" for name in SCRAM)
TOKENS = ("XOAUTH2", "OAUTHBEARER")
PASSWORDS = ("PLAIN", "LOGIN", "CRAM-MD5", *SCRAM, *SCRAM_PLUS)
MECHANISMS = (*PASSWORDS, *TOKENS, "EXTERNAL")

#: The fewest iterations of RFC 7677 §4.
ITERATIONS = 4096

#: Sends a challenge in Base64 and returns the answer in Base64.
Ask = Callable[[bytes], bytes]


def end_point(identity: Identity) -> tuple[str, bytes]:
    """The binding to a server's certificate (RFC 5929 §4), for one that is signed with SHA-256."""
    der = ssl.PEM_cert_to_DER_cert(identity.certificate.read_text())
    return "tls-server-end-point", hashlib.sha256(der).digest()


class Refused(Exception):
    """The login failed; what the client did wrong is the text."""


class Authenticator:
    """Logs in one account with the mechanisms it offers.

    For -PLUS, `binding` is the type and the data of this end of the TLS session. The token
    mechanisms take the account's password as their token. EXTERNAL takes any client that names
    nobody or the account.
    """

    def __init__(
        self, account: Account, mechanisms: tuple[str, ...],
        binding: tuple[str, bytes] | None = None, iterations: int = ITERATIONS,
    ):
        self.account = account
        self.mechanisms = mechanisms
        self.binding = binding
        self.iterations = iterations
        self._salt = secrets.token_bytes(16)
        self._salted: dict[str, bytes] = {}
        #: The mechanism of every login that succeeded.
        self.succeeded: list[str] = []
        #: Why logins failed.
        self.failures: list[str] = []

    def run(self, mechanism: str, initial: bytes | None, ask: Ask) -> None:
        """Goes through one exchange; `initial` is the initial response in Base64, if there is one.

        Raises:
            Refused: If the client did not prove that it is the account.
        """
        try:
            if mechanism not in self.mechanisms:
                raise Refused(f"{mechanism} is not offered")
            self._run(mechanism, initial, ask)
        except (Refused, ValueError) as error:
            self.failures.append(f"{mechanism}: {error}")
            raise Refused(str(error)) from error
        self.succeeded.append(mechanism)

    def _run(self, mechanism: str, initial: bytes | None, ask: Ask) -> None:
        if mechanism == "CRAM-MD5":
            return self._cram_md5(ask)
        if mechanism == "LOGIN":
            name = _decoded(ask(base64.b64encode(b"Username:")) if initial is None else initial)
            password = _decoded(ask(base64.b64encode(b"Password:")))
            return self._check(name, password)
        first = _decoded(ask(b"") if initial is None else initial)
        if mechanism.startswith("SCRAM-"):
            return self._scram(mechanism, first, ask)
        if mechanism == "PLAIN":
            authorization, name, password = first.split(b"\0")
            if authorization not in (b"", name):
                raise Refused("acts as somebody else")
            return self._check(name, password)
        if mechanism == "EXTERNAL":
            if first not in (b"", self.account.user.encode()):
                raise Refused("names somebody else")
            return None
        return self._token(mechanism, first, ask)

    def _check(self, name: bytes, password: bytes) -> None:
        expected = (self.account.user.encode(), self.account.password.encode())
        if (name, password) != expected:
            raise Refused("wrong name or password")

    def _cram_md5(self, ask: Ask) -> None:
        challenge = f"<{secrets.token_hex(8)}@scripted.test>".encode()
        name, _, digest = _decoded(ask(base64.b64encode(challenge))).rpartition(b" ")
        expected = hmac.new(self.account.password.encode(), challenge, "md5").hexdigest()
        if (name, digest) != (self.account.user.encode(), expected.encode()):
            raise Refused("wrong digest")

    def _token(self, mechanism: str, first: bytes, ask: Ask) -> None:
        fields = first.split(b"\1")
        bearer = b"auth=Bearer " + self.account.password.encode()
        user = {
            "XOAUTH2": b"user=" + self.account.user.encode(),
            "OAUTHBEARER": b"n,a=" + _scram_name(self.account.user) + b",",
        }[mechanism]
        if first.endswith(b"\1\1") and fields[0] == user and bearer in fields[1:]:
            return
        answer = ask(base64.b64encode(json.dumps({"status": "401", "schemes": "bearer"}).encode()))
        expected = {"XOAUTH2": (b"", b"="), "OAUTHBEARER": (b"AQ==",)}[mechanism]
        raise Refused("wrong token" if answer in expected else f"answers an error with {answer!r}")

    # MARK: SCRAM (RFC 5802, 7677)

    def _scram(self, mechanism: str, first: bytes, ask: Ask) -> None:
        hash_name = _HASHES[mechanism.removeprefix("SCRAM-").removesuffix("-PLUS")]
        flag, authorization, bare = first.split(b",", 2)
        self._check_flag(flag, mechanism.endswith("-PLUS"))
        if authorization not in (b"", b"a=" + _scram_name(self.account.user)):
            raise Refused("acts as somebody else")
        fields = _fields(bare)
        if fields[b"n"] != _scram_name(self.account.user):
            raise Refused("wrong name")
        nonce = fields[b"r"] + secrets.token_hex(12).encode()
        server_first = b"r=%s,s=%s,i=%d" % (nonce, base64.b64encode(self._salt), self.iterations)
        final = _decoded(ask(base64.b64encode(server_first)))

        without_proof, _, proof = final.rpartition(b",p=")
        fields = _fields(without_proof)
        data = self.binding[1] if flag.startswith(b"p=") and self.binding else b""
        if _decoded(fields[b"c"]) != flag + b"," + authorization + b"," + data:
            raise Refused("bound to another channel")
        if fields[b"r"] != nonce:
            raise Refused("wrong nonce")
        message = b",".join((bare, server_first, without_proof))
        salted = self._salted_password(hash_name)
        key = hmac.digest(salted, b"Client Key", hash_name)
        stored = hashlib.new(hash_name, key).digest()
        signature = hmac.digest(stored, message, hash_name)
        if bytes(a ^ b for a, b in zip(key, signature, strict=True)) != _decoded(proof):
            raise Refused("wrong proof")
        server_key = hmac.digest(salted, b"Server Key", hash_name)
        verifier = base64.b64encode(hmac.digest(server_key, message, hash_name))
        if ask(base64.b64encode(b"v=" + verifier)) not in (b"", b"="):
            raise Refused("says something after the end")

    def _check_flag(self, flag: bytes, is_bound: bool) -> None:
        if is_bound:
            if self.binding is None or flag != b"p=" + self.binding[0].encode():
                raise Refused(f"binds with {flag!r}, not {self.binding and self.binding[0]}")
        elif flag == b"y" and any(one.endswith("-PLUS") for one in self.mechanisms):
            raise Refused("was kept from binding: somebody has removed -PLUS")
        elif flag not in (b"n", b"y"):
            raise Refused(f"wrong flag {flag!r}")

    def _salted_password(self, hash_name: str) -> bytes:
        if hash_name not in self._salted:
            self._salted[hash_name] = hashlib.pbkdf2_hmac(
                hash_name, self.account.password.encode(), self._salt, self.iterations
            )
        return self._salted[hash_name]


def _decoded(text: bytes) -> bytes:
    return b"" if text == b"=" else base64.b64decode(text, validate=True)


def _fields(message: bytes) -> dict[bytes, bytes]:
    return dict(part.split(b"=", 1) for part in message.split(b","))


def _scram_name(user: str) -> bytes:
    return user.replace("=", "=3D").replace(",", "=2C").encode()
