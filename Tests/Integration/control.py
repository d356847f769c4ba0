"""A client of the control socket (docs/formats/control-socket.md), for many requests in a row."""

from __future__ import annotations

import json
import socket
import struct
from pathlib import Path
from typing import Any

_HEAD = struct.Struct(">4sBBHIIII")
_ANSWER = 2


class ControlError(AssertionError):
    """The server answered with an error; the text is its JSON."""


class ControlClient:
    """A context manager around one connection to a running server."""

    def __init__(self, path: Path):
        self._path = path

    def __enter__(self) -> ControlClient:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(str(self._path))
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def ask(self, operation: str, request: dict[str, Any], secret: bytes = b"") -> Any:
        """Performs one request as this process's user; returns the answer's JSON."""
        name, body = operation.encode(), json.dumps(request).encode()
        head = _HEAD.pack(b"SGC1", 1, 0, 0, len(name), len(body), 0, len(secret))
        self._socket.sendall(head + name + body + secret)
        _, kind, _, _, name_bytes, body_bytes, token_bytes, secret_bytes = _HEAD.unpack(
            self._read(_HEAD.size)
        )
        self._read(name_bytes)
        answer = json.loads(self._read(body_bytes))
        self._read(token_bytes + secret_bytes)
        if kind != _ANSWER:
            raise ControlError(f"{operation}: {answer}")
        return answer

    def _read(self, count: int) -> bytes:
        parts = b""
        while len(parts) < count:
            part = self._socket.recv(count - len(parts))
            if not part:
                raise ConnectionError("the server ends the connection")
            parts += part
        return parts
