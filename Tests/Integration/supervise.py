"""Runs one command and, when it is over, ends every process that came from it.

usage: supervise.py GRACE FOLDER COMMAND [ARGUMENT]...

The command runs in a session and process group of its own. The supervisor is its subreaper: a
process that daemonises, or that changes its group, comes back to the supervisor when its parent
ends, so none can hide. On standard output stands the command's process id, one line. Standard
input is the line to the test:

  "stop\\n"   ends the command: SIGTERM, after GRACE seconds SIGKILL, until no descendant is left
  end of file the test died without a word: the same, then FOLDER is removed

The exit status is that of the command, 128 + N after signal N.
"""

import ctypes
import os
import select
import shutil
import signal
import sys
import time

PR_SET_CHILD_SUBREAPER = 36  # <linux/prctl.h>
POLL_SECONDS = 0.01
#: A supervisor that these ended would leave its command alone in the world.
UNHEARD = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def descendants(root: int) -> list[int]:
    """The processes below `root`, zombies included, nearest first."""
    children: dict[int, list[int]] = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat", "rb") as file:
                    # The name stands in parentheses and may hold anything, so cut behind the last.
                    fields = file.read().rpartition(b")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            children.setdefault(int(fields[1]), []).append(int(entry))
    found, queue = [], [root]
    while queue:
        below = children.get(queue.pop(0), [])
        found += below
        queue += below
    return found


def start(command: list[str]) -> int:
    """Runs `command` in a session of its own, without the line to the test."""
    pid = os.fork()
    if pid:
        return pid
    try:
        os.setsid()
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(2, 1)
        # What is ignored here (the last two by Python itself) would be ignored there as well.
        for number in (*UNHEARD, signal.SIGCHLD, signal.SIGPIPE, signal.SIGXFSZ):
            signal.signal(number, signal.SIG_DFL)
        os.execvp(command[0], command)
    except OSError as error:
        os.write(2, f"supervise: {command[0]}: {error.strerror}\n".encode())
    os._exit(127)


class Brood:
    """Everything that came from one command."""

    def __init__(self, main: int):
        self.main = main
        self.status: int | None = None
        self.is_empty = False

    def reap(self) -> None:
        """Collects whoever has ended; keeps the status of the command itself."""
        while not self.is_empty:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                self.is_empty = True
                return
            if pid == 0:
                return
            if pid == self.main:
                code = os.waitstatus_to_exitcode(status)
                self.status = code if code >= 0 else 128 - code

    def signal(self, number: int, pids: list[int]) -> None:
        for pid in pids:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass

    def end(self, grace: float) -> None:
        """Asks the command, then whoever it left behind, then insists, until none is left."""
        deadline = time.monotonic() + grace
        if self.status is None:
            self.signal(signal.SIGTERM, [self.main])
        while self.status is None and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
            self.reap()
        self.signal(signal.SIGTERM, descendants(os.getpid()))
        deadline = min(deadline, time.monotonic() + 1)
        while not self.is_empty:
            if time.monotonic() >= deadline:
                self.signal(signal.SIGKILL, descendants(os.getpid()))
            time.sleep(POLL_SECONDS)
            self.reap()


def main() -> int:
    grace, folder, command = float(sys.argv[1]), sys.argv[2], sys.argv[3:]
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    wake, waker = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(waker)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    for number in UNHEARD:
        signal.signal(number, signal.SIG_IGN)

    brood = Brood(start(command))
    os.write(1, b"%d\n" % brood.main)
    word = None
    while word is None and brood.status is None:
        ready, _, _ = select.select([0, wake], [], [])
        if wake in ready:
            os.read(wake, 512)
            brood.reap()
        if 0 in ready:
            word = os.read(0, 16)
    brood.end(grace)
    # A command that ended by itself may leave its folder to be looked at: wait for the word.
    if (os.read(0, 16) if word is None else word) == b"":
        shutil.rmtree(folder, ignore_errors=True)
    return brood.status


if __name__ == "__main__":
    sys.exit(main())
