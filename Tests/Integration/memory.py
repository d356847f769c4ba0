"""What a process has in its memory, but for the locked pages that hold its secrets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_CHUNK = 16 << 20
_HEAD = re.compile(r"^([0-9a-f]+)-([0-9a-f]+) (\S{4}) \S+ \S+ \d+\s*(.*)$")


class Mapping(NamedTuple):
    """One mapping of /proc/PID/smaps."""

    begin: int
    end: int
    rights: str
    name: str
    flags: frozenset[str]

    @property
    def is_slab(self) -> bool:
        """Whether it is locked into RAM and left out of core dumps, as secrets' pages are."""
        return {"lo", "dd"} <= self.flags

    def __str__(self) -> str:
        return f"{self.begin:x}-{self.end:x} {self.rights} {self.name or 'anonymous'}"


def mappings(pid: int) -> list[Mapping]:
    """Every mapping of a process, with its flags (proc(5), VmFlags)."""
    found: list[Mapping] = []
    for line in Path(f"/proc/{pid}/smaps").read_text().splitlines():
        if head := _HEAD.match(line):
            begin, end = int(head[1], 16), int(head[2], 16)
            found.append(Mapping(begin, end, head[3], head[4], frozenset()))
        elif line.startswith("VmFlags:"):
            found[-1] = found[-1]._replace(flags=frozenset(line.split()[1:]))
    return found


def contents(pid: int, wanted: list[Mapping], overlap: int) -> Iterator[tuple[Mapping, bytes]]:
    """The bytes of mappings, in parts that begin with the last `overlap` bytes of the one before."""
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for mapping in wanted:
            before = b""
            position = mapping.begin
            while position < mapping.end:
                count = min(_CHUNK, mapping.end - position)
                try:
                    memory.seek(position)
                    part = memory.read(count)
                except OSError:
                    # A guard page, or one of the kernel's own.
                    break
                if not part:
                    break
                yield mapping, before + part
                before = part[-overlap:]
                position += len(part)
