"""Proves that docs/limits.md names every bound of every table of the sources, and no other."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
# Another form of the same bounds, for SQLite itself.
DERIVED = {"SQLiteLimits": {"perConnection"}}


def tables() -> dict[str, set[str]]:
    """The bounds of each table in the sources."""
    found = {}
    for path in sorted((ROOT / "Sources").rglob("*.swift")):
        source = path.read_text()
        for match in re.finditer(r"^(?:package |public )?enum (\w*Limits)\b", source, re.M):
            body = source[match.end():].split("\n}", 1)[0]
            names = re.findall(r"^    (?:package |public )?static (?:let|var) (\w+)", body, re.M)
            found[match[1]] = set(names) - DERIVED.get(match[1], set())
    return found


def pages() -> dict[str, set[str]]:
    """The names that each section of the page has in its tables, by the sources' table."""
    found: dict[str, set[str]] = {}
    for section in re.split(r"^## ", (ROOT / "docs/limits.md").read_text(), flags=re.M)[1:]:
        heading = section.split("\n", 1)[0]
        cells = re.findall(r"^\|.*\|(.*)\|$", section, re.M)
        names = {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}
        for table in re.findall(r"`(\w*Limits)`", heading):
            assert table not in found, f"{table} has two sections"
            found[table] = names
    return found


def test_the_page_names_every_bound_of_every_table():
    """A bound that is added to a table is explained, and one that is gone is not."""
    sources, written = tables(), pages()
    assert len(sources) > 20 and written.keys() == sources.keys()
    missing = {table: names - written[table] for table, names in sources.items()}
    assert not any(missing.values()), missing
    known = set().union(*sources.values())
    surplus = {table: names - known for table, names in written.items()}
    assert not any(surplus.values()), surplus
