"""Proves what people and scripts meet at the command line: help, completion, manual, JSON."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import shutil
import signal
import struct
import subprocess
import termios
import time

import pytest

from connections import READER, connect, explained, send, set_secret
from processes import wait_until
from vault import Vault

ESCAPE = b"\x1b"


@pytest.fixture(scope="module")
def commands() -> list[list[str]]:
    """The words of every command, found from help to help."""
    with Vault() as vault:
        found = commands_below(vault, [])
    assert len(found) > 40 and ["sandbox", "inbox", "create"] in found, found
    return found


def commands_below(vault: Vault, words: list[str]) -> list[list[str]]:
    """The commands that begin with `words`."""
    text = vault.run(*words, "--help").stdout.decode()
    if f"\n  {' '.join(['vault', *words])} COMMAND …\n" not in text:
        return [words]
    listed = re.findall(r"(?m)^  ([a-z][a-z-]*) {2,}\S", text.partition("Options for all")[0])
    return [one for name in listed for one in commands_below(vault, [*words, name])]


@pytest.fixture
def filled(vault):
    """A vault with one of each thing."""
    set_secret(vault, "mail-pass", "value")
    connect(vault, "mail", 25, "none", environment="test")
    send(vault, "mail@test", "first", check_exit=0)
    vault.json("token", "create", "--scope", "audit:read")
    return vault


# MARK: Help


def test_help_without_a_vault(commands):
    """`vault`, `--help` and `help` explain; help of every command is on standard output."""
    with Vault() as vault:
        text = vault.run("--help").stdout.decode()
        assert "\nUsage\n" in text and "\nExit codes\n" in text
        for words in (["-h"], ["help"], []):
            assert vault.run(*words).stdout.decode() == text, words
        for words in commands:
            done = vault.run(*words, "--help")
            assert " ".join(words) in done.stdout.decode(), words
            assert not done.stderr and not vault.home.exists()
            assert max(map(len, done.stdout.decode().splitlines())) <= 100, words


def test_version():
    """`vault version`, `--version` and its JSON agree."""
    with Vault() as vault:
        text = vault.run("version").stdout.decode().strip()
        assert re.fullmatch(r"vault \d+\.\d+\.\d+\S*", text)
        assert vault.run("--version").stdout.decode().strip() == text
        assert vault.json("version")["version"] == text.split()[1]


# MARK: Mistakes


MISTAKES = [
    (["secrets"], "secret"), (["secret", "sett"], "set"), (["conection", "list"], "connection"),
    (["send", "--conection", "a"], "--connection"), (["send", "--subjct", "a"], "--subject"),
    (["serve", "--sandbox-smpt", "x"], "--sandbox-smtp"), (["rotate", "a", "--stdn"], "--stdin"),
    (["connection", "create", "a", "--env", "prodction"], "production"),
]


@pytest.mark.parametrize(("words", "suggestion"), MISTAKES, ids=range(len(MISTAKES)))
def test_typing_errors_are_answered_with_a_suggestion(words, suggestion):
    """Exit 2, on standard error, with the word that was meant."""
    with Vault() as vault:
        done = vault.run(*words, check_exit=2)
        assert suggestion in explained(done) and not done.stdout


@pytest.mark.parametrize("words", [
    ["send"], ["secret", "set"], ["secret", "set", "a"], ["secret", "set", "a", "b", "--generate"],
    ["secret", "set", "a", "--stdin", "--generate"], ["rotate"], ["connection", "create", "a"],
    ["send", "--connection", "a@test", "--to", "b@c.test"], ["token", "create"],
    ["send", "--connection", "a@test", "--subject", "s"], ["outbox", "list", "--limit", "x"],
    ["outbox", "list", "--limit", "0"], ["sandbox", "wait", "--timeout", "soon"],
    ["send", "--connection", "a@b@c", "--to", "b@c.test", "--subject", "s"], ["version", "x"],
])
def test_incomplete_commands_say_what_is_missing(vault, words):
    """Exit 2 with a remedy; with --json a problem object (RFC 9457)."""
    explained(vault.run(*words, check_exit=2))
    problem = json.loads(vault.run(*words, "--json", check_exit=2).stderr)
    assert {"type", "title", "status", "detail", "code"} <= set(problem)


# MARK: Completion and manual


def test_bash_completes():
    """The script loads without a word and completes commands, options and choices."""
    with Vault() as vault:
        script = vault.file("vault.bash", vault.run("completion", "bash").stdout)
        probe = f"""
            set -u
            PATH={vault.binary.parent}:$PATH
            source {script} || exit 9
            spec=$(complete -p vault) || exit 8
            function=$(sed 's/.*-F \\([^ ]*\\) .*/\\1/' <<<"$spec")
            try() {{
                COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*" COMP_POINT=${{#COMP_LINE}}
                COMP_TYPE=9 COMP_KEY=9
                COMPREPLY=()
                "$function" vault "${{@: -1}}" "${{@: -2:1}}"
                echo "${{COMPREPLY[*]:-}}"
            }}
            try vault se
            try vault secret s
            try vault send --conn
            try vault connection create a --env p
        """
        done = subprocess.run(["bash", "-c", probe], capture_output=True, text=True)
        assert done.returncode == 0 and not done.stderr, done
        first, second, third, fourth = done.stdout.splitlines()
        assert {"secret", "send", "serve"} <= set(first.split())
        assert {"set", "show"} == set(second.split())
        assert third.strip() == "--connection" and "production" in fourth


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_can_read_their_script(shell):
    """zsh and fish find no mistake in it."""
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed")
    with Vault() as vault:
        script = vault.file(f"vault.{shell}", vault.run("completion", shell).stdout)
        done = subprocess.run([shell, "-n", script], capture_output=True, text=True)
        assert done.returncode == 0 and not done.stderr, done


def test_manual_pages_render(commands):
    """groff renders the page of the program and of every command without a warning."""
    if not shutil.which("groff"):
        pytest.skip("groff is not installed")
    with Vault() as vault:
        for words in [[], *commands]:
            page = vault.run("man", *words).stdout
            done = subprocess.run(
                ["groff", "-man", "-ww", "-Tutf8", "-rLL=78n"], input=page, capture_output=True
            )
            assert done.returncode == 0 and not done.stderr, (words, done.stderr)
            assert (words[-1] if words else "vault").encode() in done.stdout


# MARK: JSON


PROMISED = {
    ("status",): {"vault", "state", "version"},
    ("audit", "verify"): {"ok", "entries", "first_bad", "checkpoint"},
    ("secret", "show", "mail-pass"): {"name", "kind", "current_version", "versions", "used_by"},
    ("connection", "show", "mail@test"): {"name", "environment", "enabled", "version", "settings"},
    ("certificate", "show", "peers"): {"name", "subject", "sha256", "expires"},
    ("token", "create", "--scope", "audit:read"): {"token", "accessor", "scopes", "expires_at"},
    ("sandbox", "wait", "--subject", "first"): {"messages", "last_seq"},
    ("sandbox", "show"): {"id", "seq", "subject", "envelope", "session", "headers", "text"},
    ("rotate", "mail-pass", "--plan"): {"id", "secret", "status", "tests", "current_version"},
    ("send", "--connection", "mail@test", "--to", READER, "--subject", "s"):
        {"id", "message_id", "status", "connection", "recipients", "attempts"},
}
LISTS = [
    ["secret", "list"], ["secret", "versions", "mail-pass"], ["connection", "list"],
    ["certificate", "list"], ["token", "list"], ["outbox", "list"], ["audit", "list"],
    ["protector", "list"], ["sandbox", "list"], ["sandbox", "search", "first"],
    ["sandbox", "inbox", "list"], ["doctor"], ["config", "show"],
]


def test_json_is_one_value_with_the_promised_keys(filled):
    """One object, or an array for lists, ended by a line end, and nothing on standard error."""
    for words, keys in PROMISED.items():
        done = filled.run(*words, "--json")
        assert done.stdout.endswith(b"\n") and not done.stderr, words
        assert keys <= set(json.loads(done.stdout)), words
    for words in LISTS:
        done = filled.run(*words, "--json")
        value = json.loads(done.stdout)
        assert isinstance(value, list) and value and not done.stderr, words
    sent = filled.json("send", "--connection", "mail@test", "--to", READER, "--subject", "s")
    assert {"name", "environment", "version", "target"} <= set(sent["connection"])
    assert {"address", "status", "code", "enhanced", "text"} <= set(sent["recipients"][0])
    assert {"n", "target", "phase", "class", "started_at", "ms"} <= set(sent["attempts"][0])
    raw = filled.json("sandbox", "raw")
    assert set(raw) == {"id", "content"}


def test_json_errors_are_problem_objects(filled):
    """With --json an error is an RFC 9457 object on standard error; the exit code stays."""
    for words, code in ((["secret", "show", "none"], 3), (["secret", "show", "a b"], 2),
                        (["init"], 5), (["outbox", "show", "msg_none"], 3)):
        done = filled.run(*words, "--json", check_exit=code)
        problem = json.loads(done.stderr)
        assert {"type", "title", "status", "detail", "code"} <= set(problem) and not done.stdout
        assert filled.run(*words, check_exit=code).stderr.startswith(b"error: ")


def test_quiet_says_only_what_was_asked_for(filled):
    """--quiet leaves out remarks; the token of `token create` is alone on standard output."""
    done = filled.run("token", "create", "--scope", "audit:read", "--quiet")
    assert re.fullmatch(rb"sgt_\S+\n", done.stdout) and not done.stderr
    done = filled.run("token", "create", "--scope", "audit:read")
    assert re.fullmatch(rb"sgt_\S+\n", done.stdout) and b"not shown again" in done.stderr


# MARK: Pipes and signals


def test_an_interrupt_ends_with_130(filled):
    """Ctrl-C while waiting: 130, no trace, and the vault is free again."""
    process = filled.start("sandbox", "wait", "--subject", "never", "--timeout", "60s")
    lock = filled.home / "run" / "vault.lock"
    wait_until(lambda: lock.read_text().strip() == str(process.pid), 5, "the command to begin")
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=5)
    assert process.returncode == 130 and b"fatal" not in errors.lower() and not output
    assert filled.run("doctor").exit == 0


def test_a_reader_that_leaves_is_no_disaster(filled):
    """`vault … | head -c 1` ends quietly."""
    process = filled.start("--help")
    process.stdout.close()
    process.wait(timeout=10)
    errors = process.stderr.read()
    process.stderr.close()
    assert b"fatal" not in errors.lower() and process.returncode >= -13


def test_output_that_cannot_be_written_is_told(filled):
    """A full device behind standard output is a failure."""
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [str(filled.binary), "audit", "list"], stdout=full, stderr=subprocess.PIPE,
            env=filled._environment(None),
        )
    assert done.returncode == 1 and b"error: " in done.stderr


# MARK: Looks


def at_terminal(vault: Vault, *words: str, width: int = 80, **env: str) -> bytes:
    """What a command writes to a terminal of that width."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
    environment = vault._environment({"TERM": "xterm-256color", **env})
    process = subprocess.Popen(
        [str(vault.binary), *words], stdin=follower, stdout=follower, stderr=follower,
        env=environment, cwd=vault.folder, start_new_session=True,
    )
    os.close(follower)
    written = b""
    while True:
        try:
            part = os.read(leader, 65536)
        except OSError:
            break
        if not part:
            break
        written += part
    os.close(leader)
    process.wait(timeout=20)
    return written


TABLES = [["secret", "list"], ["connection", "list"], ["connection", "show", "mail@test"],
          ["audit", "list"], ["outbox", "list"], ["token", "list"], ["doctor"], ["status"],
          ["sandbox", "list"], ["--help"], ["send", "--help"], ["connection", "create", "--help"]]


@pytest.mark.parametrize("width", [40, 80, 200])
def test_terminals_of_every_width(filled, width):
    """No line is longer than the terminal but for values that cannot be cut."""
    for words in TABLES:
        plain = at_terminal(filled, *words, width=width, NO_COLOR="1").decode()
        assert "\x1b" not in plain, words
        if width == 40 and words[-1] != "--help":
            continue  # identities and times are not cut
        wide = [line for line in plain.splitlines() if len(line) > max(width, 80)]
        assert all(re.fullmatch(r"[A-Z# ]+  \S+", line) for line in wide), (words, plain)


@pytest.mark.parametrize("width", [40, 80])
def test_what_is_copied_is_never_cut(filled, width):
    """Slots, accessors, identities, names and files stand whole at a terminal of any width."""
    copy = filled.folder / f"a-rather-long-name-for-a-backup-{width}.sgb"
    filled.run("backup", copy)
    for words, key in ((["protector", "list"], "id"), (["token", "list"], "accessor"),
                       (["outbox", "list"], "id"), (["secret", "list"], "name"),
                       (["connection", "list"], "name"), (["audit", "list"], "sequence")):
        listed = filled.json(*words)
        plain = at_terminal(filled, *words, width=width, NO_COLOR="1").decode().split()
        assert all(str(one[key]) in plain for one in listed), (words, plain)
    plain = at_terminal(filled, "backup", "list", width=width, NO_COLOR="1").decode().split()
    assert str(copy) in plain, plain


def test_forty_columns_fold_help(filled):
    """Help fits a narrow terminal."""
    for words in (["--help"], ["send", "--help"], ["rotate", "--help"]):
        plain = at_terminal(filled, *words, width=40, NO_COLOR="1").decode()
        assert max(map(len, plain.splitlines())) <= 44, plain


def test_colour_is_for_terminals_that_want_it(filled):
    """Colour at a terminal, none with NO_COLOR, --no-color or TERM=dumb, and none in a pipe."""
    words = ("doctor",)
    assert ESCAPE in at_terminal(filled, *words)
    assert ESCAPE not in at_terminal(filled, *words, NO_COLOR="1")
    assert ESCAPE not in at_terminal(filled, *words, TERM="dumb")
    assert ESCAPE not in at_terminal(filled, *words, "--no-color")
    assert ESCAPE not in at_terminal(filled, *words, "--json")
    assert ESCAPE not in filled.run(*words).stdout


def test_foreign_text_cannot_steer_the_terminal(filled):
    """Escapes in captured mail are shown, not obeyed."""
    evil = "evil \x1b[2J\x1b]0;title\x07 end"
    raw = f"From: a@peers.test\nTo: {READER}\nSubject: {evil}\n\n{evil}\n".encode()
    send_words = ("send", "--connection", "mail@test", "--to", READER, "--raw", "-")
    done = filled.run(*send_words, stdin=raw, check_exit=None)
    assert done.exit in (0, 2), done
    if done.exit == 0:
        for words in (["sandbox", "list"], ["sandbox", "show"], ["sandbox", "raw"]):
            shown = at_terminal(filled, *words, NO_COLOR="1")
            assert ESCAPE not in shown and b"\x07" not in shown, words
