"""Proves that passwords lie in the locked pages of the server and nowhere else in its memory.

After a thousand sends, each with a login by PLAIN or LOGIN under TLS, writes and rotations, every
readable mapping of the server but the slab is searched for each password, in plain, base64 at three
alignments, hex and UTF-16.
"""

from __future__ import annotations

import os

import pytest

from canaries import Canary, encodings, hits
from connections import READER, SENDER, set_secret
from control import ControlClient
from memory import contents, mappings
from processes import HOST
from vault import Vault

SENDS = int(os.environ.get("SIGNET_MEMORY_SENDS", "1000"))
#: Connections that the sends go through by turns.
CONNECTIONS = 10

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0, reason="reading the memory of a hardened process takes root"
)


def found_outside(pid: int, canary: Canary) -> set[str]:
    """Where the marker of a canary is in the process, outside the slab."""
    marker = canary.marker.encode()
    wanted = [one for one in mappings(pid) if "r" in one.rights and not one.is_slab]
    assert wanted
    overlap = 8 * len(marker)
    return {
        f"{hit} in {mapping}"
        for mapping, part in contents(pid, wanted, overlap)
        for hit in hits(part, [marker])
    }


def prepare(vault: Vault, port: int, secrets: Canary, users: Canary) -> None:
    """Connections to a server of this machine, by turns with PLAIN and LOGIN."""
    for number in range(CONNECTIONS):
        name = f"c-{number}"
        set_secret(vault, name, secrets.value(number))
        vault.run(
            "connection", "create", name, "--env", "production", "--host", HOST, "--port", port,
            "--encryption", "starttls", "--from", SENDER, "--username", users.value(number),
            "--secret", name, "--ca", "server", "--mechanism", ["PLAIN", "LOGIN"][number % 2],
        )


def message(number: int) -> dict[str, object]:
    return {
        "name": f"c-{number % CONNECTIONS}", "environment": "production", "to": [READER],
        "cc": [], "bcc": [], "subject": f"message {number}", "text": "text", "attachments": [],
        "headers": [], "dry_run": False,
    }


def test_no_password_lies_outside_the_slab_after_a_thousand_sends():
    secrets, users = Canary("secret"), Canary("user")
    with Vault() as other, other.serve_sandbox() as server, Vault() as vault:
        vault.run("init", "--recovery", "none")
        vault.run("certificate", "add", "server", "--from-file", server.ca_file)
        prepare(vault, server.port("sandbox-smtp"), secrets, users)
        with vault.serve() as serving:
            assert any(one.is_slab for one in mappings(serving.pid))
            with ControlClient(serving.socket) as client:
                for number in range(SENDS):
                    sent = client.ask("message.send", message(number))
                    assert sent["status"] == "sent", sent
            for number in range(CONNECTIONS):
                value = secrets.value(number + 100)
                vault.run("rotate", f"c-{number}", "--stdin", stdin=value.encode())
            vault.run("doctor", "--json")
            assert found_outside(serving.pid, secrets) == set()
            # The search finds what is there: user names are no secrets.
            assert found_outside(serving.pid, users)
    assert len(encodings(b"x")) == 10
