"""Marked values that must not be found, and the search for them in every usual encoding."""

from __future__ import annotations

import base64
import os
import secrets
import threading
from collections.abc import Iterable
from pathlib import Path

_POLL_SECONDS = 0.002


class Canary:
    """A kind of value whose every instance carries the same marker, all lower-case letters.

    A search for the marker finds each of them, in plain, base64 at three alignments and hex.
    """

    def __init__(self, kind: str):
        self.kind = kind
        digits = secrets.token_hex(8).translate(str.maketrans("0123456789", "ghijklmnop"))
        self.marker = f"canary{kind}{digits}"

    def value(self, number: int) -> str:
        return f"{self.marker}x{number}"


def encodings(text: bytes) -> dict[str, bytes]:
    """What of `text` is seen, however it stands in what is encoded."""
    found = {
        "plain": text, "hex": text.hex().encode(), "HEX": text.hex().upper().encode(),
        "utf-16": text.decode("latin-1").encode("utf-16-le"),
    }
    for shift in range(3):
        encoded = base64.b64encode(bytes(shift) + text)
        begin, end = -(-shift * 8 // 6), (shift + len(text)) * 8 // 6
        found[f"base64+{shift}"] = encoded[begin:end]
        found[f"base64url+{shift}"] = encoded[begin:end].translate(bytes.maketrans(b"+/", b"-_"))
    return found


def hits(haystack: bytes, needles: Iterable[bytes]) -> list[str]:
    """The encodings under which any of the needles is in `haystack`."""
    folded = haystack.lower()
    return [
        f"{name} of {needle!r}"
        for needle in needles
        for name, form in encodings(needle).items()
        if form in haystack or (name == "plain" and form.lower() in folded)
    ]


def contents(folder: Path, leave_out: str = "") -> dict[str, bytes]:
    """Every regular file below a folder but those whose name begins with `leave_out`."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not (leave_out and path.name.startswith(leave_out))
    }


class ProcessWatch:
    """A context manager that keeps what /proc shows of every process of one program."""

    def __init__(self, program: Path):
        self._program = str(program.resolve())
        #: Command lines and environments, each once.
        self.arguments: set[bytes] = set()
        self.environments: set[bytes] = set()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> ProcessWatch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(_POLL_SECONDS):
            for entry in os.scandir("/proc"):
                if not entry.name.isdigit():
                    continue
                try:
                    if os.readlink(f"{entry.path}/exe") != self._program:
                        continue
                    self.arguments.add(Path(entry.path, "cmdline").read_bytes())
                    self.environments.add(Path(entry.path, "environ").read_bytes())
                except OSError:
                    continue
