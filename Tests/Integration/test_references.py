"""References to secrets that are kept elsewhere, against a real OpenBao, files and variables."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

from openbao import OpenBao
from processes import HOST, ROOT, START_SECONDS, listening_sockets, sockets_of, wait_until

PROBE = ROOT / ".build" / "debug" / "reference-probe"
#: A password with everything that JSON escapes.
ODD = 'p\u00e4ss "w\\0rd"\n\t\u20ac\U0001f600 </'


@pytest.fixture(scope="module")
def openbao(certificates):
    with OpenBao(certificates) as openbao:
        openbao.put("team a/mail", {"password": ODD, "port": 25, "empty": "", "other": "no"})
        yield openbao


class Resolved(NamedTuple):
    exit: int
    value: bytes
    errors: str


def resolve(reference: str, *options: object, **environment: str) -> Resolved:
    done = subprocess.run(
        [PROBE, reference, *map(str, options)], capture_output=True, timeout=60,
        env={**os.environ, **environment},
    )
    return Resolved(done.returncode, done.stdout, done.stderr.decode())


def over_tls(openbao: OpenBao) -> list[object]:
    return [
        "--address", f"https://{HOST}:{openbao.port('https')}",
        "--authority", openbao.certificates.authority, "--token-file", openbao.token_file,
    ]


def in_clear(openbao: OpenBao) -> list[object]:
    return [
        "--address", f"http://{HOST}:{openbao.port('http')}", "--token-file", openbao.token_file,
    ]


def refused(resolved: Resolved, *words: str) -> None:
    """Nothing was written, and the error says `words` but none of the secrets."""
    assert resolved.exit == 1
    assert resolved.value == b""
    for word in words:
        assert word in resolved.errors
    for secret in ("p\u00e4ss", "w\\0rd", "canary"):
        assert secret not in resolved.errors


@pytest.mark.parametrize("way", [over_tls, in_clear])
def test_a_field_is_read_as_it_was_written(openbao, way):
    resolved = resolve("openbao://kv/team a/mail#password", *way(openbao))
    assert resolved == (0, ODD.encode(), "")


def test_a_large_value_among_many_is_read(openbao):
    large = "x" * 16384
    others = {f"f{number}": "y" for number in range(99)}
    openbao.put("large", {"value": large, "too-large": large + "x", **others})
    assert resolve("openbao://kv/large#value", *over_tls(openbao)).value == large.encode()
    refused(resolve("openbao://kv/large#too-large", *over_tls(openbao)), "larger than 16384 bytes")


def test_the_current_version_is_the_one_that_counts(openbao):
    for value in ("first", "second"):
        openbao.put("versions", {"value": value})
        assert resolve("openbao://kv/versions#value", *over_tls(openbao)).value == value.encode()


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        ("openbao://kv/absent#password", "has nothing at openbao://kv/absent#password"),
        ("openbao://nowhere/mail#password", "has nothing at"),
        ("openbao://kv/team a/mail#absent", "has no such field"),
        ("openbao://kv/team a/mail#port", "is no text"),
        ("openbao://kv/team a/mail#empty", "is empty"),
    ],
)
def test_what_is_not_there_is_named(openbao, reference, words):
    refused(resolve(reference, *over_tls(openbao)), words)


def test_a_deleted_version_is_told_from_one_that_never_was(openbao):
    openbao.put("deleted", {"value": ODD})
    openbao.delete("deleted")
    refused(
        resolve("openbao://kv/deleted#value", *over_tls(openbao)),
        "the current version of openbao://kv/deleted#value is deleted", "undelete it",
    )


def test_a_token_reads_what_its_policy_says(openbao):
    openbao.put("mine", {"value": "mine"})
    options = over_tls(openbao)
    options[-1] = openbao.token_for("mine", "mine")
    assert resolve("openbao://kv/mine#value", *options).value == b"mine"
    refused(resolve("openbao://kv/team a/mail#password", *options), "does not let its token read")


def test_a_wrong_token_is_denied(openbao, tmp_path):
    options = over_tls(openbao)
    options[-1] = token = tmp_path / "token"
    token.write_text("canary-token\n")
    token.chmod(0o600)
    refused(resolve("openbao://kv/team a/mail#password", *options), "does not let its token read")
    token.chmod(0o644)
    refused(resolve("openbao://kv/team a/mail#password", *options), "may read", "chmod o-r")


def test_a_sealed_server_is_told_as_such(openbao):
    openbao.seal()
    try:
        refused(
            resolve("openbao://kv/team a/mail#password", *over_tls(openbao)), "is sealed",
            "unseal it",
        )
    finally:
        openbao.unseal()
    assert resolve("openbao://kv/team a/mail#password", *over_tls(openbao)).exit == 0


@pytest.mark.parametrize("identity", ["expired", "wrong_name", "untrusted", "common_name_only"])
def test_a_server_that_does_not_prove_its_name_gets_no_token(certificates, identity):
    """Its own TLS library answers `bad certificate`; nothing was asked."""
    with subprocess.Popen(
        [
            "openssl", "s_server", "-quiet", "-accept", f"{HOST}:0", "-naccept", "1",
            "-cert", getattr(certificates, identity).certificate,
            "-key", getattr(certificates, identity).key,
        ],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    ) as server:
        try:
            port = listening_port(server.pid)
            token = certificates.folder / "token-for-nobody"
            token.write_text("canary-token")
            token.chmod(0o600)
            resolved = resolve(
                "openbao://kv/mail#password", "--address", f"https://{HOST}:{port}",
                "--authority", certificates.authority, "--token-file", token,
            )
            refused(resolved, "certificate")
        finally:
            server.kill()
        assert b"canary-token" not in server.stdout.read()


def listening_port(pid: int) -> int:
    """The port of 127.0.0.1 that a process listens on, once it does."""
    def look() -> int | None:
        own = sockets_of([pid])
        return next((port for port, inodes in listening_sockets().items() if inodes & own), None)

    return wait_until(look, START_SECONDS, "s_server")


def test_nobody_at_the_address_is_told_as_such(openbao):
    options = over_tls(openbao)
    options[1] = f"https://{HOST}:1"
    refused(resolve("openbao://kv/mail#password", *options), "did not answer", "nothing listens")


def test_in_clear_no_other_machine_is_asked(openbao):
    options = in_clear(openbao)
    options[1] = "http://192.0.2.1:8200"
    refused(resolve("openbao://kv/mail#password", *options), "in clear")


def test_only_permitted_paths_are_asked_for(openbao):
    permitted = [*over_tls(openbao), "--paths", "kv/team a/"]
    assert resolve("openbao://kv/team a/mail#password", *permitted).exit == 0
    refused(resolve("openbao://kv/ready#yes", *permitted), "is not permitted here")


def test_a_variable_and_a_file_are_read(tmp_path):
    assert resolve(
        "env://MAIL_PASSWORD", "--variables", "MAIL_", MAIL_PASSWORD=ODD
    ).value == ODD.encode()
    refused(resolve("env://MAIL_PASSWORD", MAIL_PASSWORD=ODD), "is not permitted here")
    file: Path = tmp_path / "secret"
    file.write_text(ODD + "\n")
    file.chmod(0o600)
    assert resolve(f"file://{file}", "--folder", tmp_path).value == ODD.encode()
    refused(resolve(f"file://{file}"), "is not permitted here")
    refused(resolve(f"file://{file}", "--folder", "/etc"), "is not permitted here")
