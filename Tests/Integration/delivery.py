"""What the peers that deliver mail and check passwords have in common."""

from __future__ import annotations

import email
import email.policy
from email.message import EmailMessage
from pathlib import Path

from accounts import ACCOUNTS, DOMAIN
from processes import Peer, wait_until

#: Postfix and Exim answer RCPT for these with 550 5.1.1 and 451 4.3.0.
REFUSED = f"refused@{DOMAIN}"
DEFERRED = f"deferred@{DOMAIN}"

MAIL_SECONDS = 15.0


def read_mails(maildir: Path) -> list[bytes]:
    """The mails in a maildir, oldest first, byte for byte as they were delivered."""
    while True:
        paths = [path for part in ("new", "cur") for path in (maildir / part).glob("*")]
        try:
            paths.sort(key=lambda path: path.stat().st_mtime_ns)
            return [path.read_bytes() for path in paths]
        except FileNotFoundError:
            continue  # the server has just moved one from new to cur


class DeliveringPeer(Peer):
    """A peer whose mail a test can read."""

    def mails(self, recipient: str) -> list[bytes]:
        """All mails delivered to `recipient`, oldest first."""
        raise NotImplementedError

    def wait_for_mail(
        self, recipient: str, subject: str, seconds: float = MAIL_SECONDS
    ) -> EmailMessage:
        """Waits for a mail with that subject to `recipient`, and returns it parsed.

        Raises:
            TimeoutError: With the peer's logs, if it does not arrive within `seconds`.
        """
        def find() -> EmailMessage | None:
            for mail in self.mails(recipient):
                parsed = email.message_from_bytes(mail, policy=email.policy.default)
                if parsed["Subject"] == subject:
                    return parsed
            return None

        try:
            return wait_until(find, seconds, f"the mail {subject!r} to {recipient}")
        except TimeoutError as error:
            raise TimeoutError(f"{error}\n{self.logs()}") from None


class PasswordPeer(DeliveringPeer):
    """A peer that asks a file of each user for the passwords at every login, without a cache."""

    def set_passwords(self, user: str, passwords: list[str]) -> None:
        """Makes exactly `passwords` valid for `user`, at once; an empty list removes the user."""
        raise NotImplementedError

    def set_password(self, user: str, password: str) -> None:
        """Makes `password` the only one of `user`, at once."""
        self.set_passwords(user, [password])

    def _set_all_passwords(self) -> None:
        for account in ACCOUNTS.values():
            self.set_password(account.user, account.password)

    @staticmethod
    def _replace(path: Path, text: str) -> None:
        """Replaces a file in one step, readable by the daemons' users."""
        written = path.with_name(f".{path.name}.new")
        written.write_text(text)
        written.chmod(0o644)
        written.rename(path)
