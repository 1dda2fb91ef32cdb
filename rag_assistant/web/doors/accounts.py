"""Names and passwords of the staff, in ``staff.json`` of the data folder (mode 0600).

Only hashes are kept (argon2id). The file is read anew whenever it has changed, so that a name that
is removed is out at once.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
import unicodedata
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from filelock import FileLock

from rag_assistant.errors import ConfigError, DocstoreError, NotFoundError, UsageError

SHORTEST, LONGEST = 12, 1024  # characters of a password
_LONGEST_NAME = 64
_NAME = re.compile(r"[\w.@-]+")
_FILE = "staff.json"


class Accounts:
    """The staff's accounts.

    Args:
        data: The data folder.
        hasher: With which parameters; None takes the library's (RFC 9106).
    """

    def __init__(self, data: Path, hasher: PasswordHasher | None = None) -> None:
        self._path = data / _FILE
        self._hasher = hasher or PasswordHasher()
        self._read: tuple[object, dict[str, str]] = None, {}  # set whole: threads share it

    def names(self) -> list[str]:
        """All names, in order.

        Raises:
            ConfigError: The file is damaged.
        """
        return sorted(self._hashes())

    def add(self, name: str, password: str) -> None:
        """Make an account, or give one another password.

        Raises:
            UsageError: The name or the password will not do.
            ConfigError: The file is damaged.
            DocstoreError: The file cannot be written.
        """
        typed, name = name, spelt(name)
        if max(len(typed), len(name)) > _LONGEST_NAME or not _NAME.fullmatch(name):
            raise UsageError(
                "That is no name for an account.", "Use letters, digits and . @ _ - (64 at most)."
            )
        if len(password) > LONGEST or not SHORTEST <= len(_typed(password)) <= LONGEST:
            raise UsageError(
                f"A password has {SHORTEST} to {LONGEST:,} characters.",
                "Choose a few words that do not belong together.",
            )
        self._change(name, self._hasher.hash(_typed(password)))

    def remove(self, name: str) -> None:
        """Delete an account; its sessions end.

        Raises:
            NotFoundError: There is none of that name.
            ConfigError: The file is damaged.
            DocstoreError: The file cannot be written.
        """
        if spelt(name) not in self._hashes():
            raise NotFoundError(
                f"There is no account named {spelt(name)}.", "rag-assistant staff list"
            )
        self._change(spelt(name), None)

    def check(self, name: str, password: str) -> str | None:
        """What `holds` wants to see of whoever signed in; None for a wrong name or password.

        Either takes as long, unless it is longer than any may be. A hash with other parameters than
        are usual now is made anew.

        Raises:
            ConfigError: The file is damaged.
            DocstoreError: The file cannot be written.
        """
        if too_long(name, password):
            return None
        name, password = spelt(name), _typed(password)
        known = self._hashes().get(name)
        if known is None:
            self._hasher.hash(password)
            return None
        try:
            self._hasher.verify(known, password)
        except (VerificationError, InvalidHashError):
            return None
        if not self._hasher.check_needs_rehash(known):
            return known
        newer = self._hasher.hash(password)
        self._change(name, newer)
        return newer

    def holds(self, name: str, proof: str) -> bool:
        """Whether the account is there still, with the same password."""
        try:
            return self._hashes().get(name) == proof
        except ConfigError:  # nobody can sign in then, either
            return False

    def _hashes(self) -> dict[str, str]:
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return {}
        stamp = found.st_mtime_ns, found.st_size, found.st_ino
        read, hashes = self._read
        if stamp != read:
            hashes = self._load()
            self._read = stamp, hashes
        return hashes

    def _load(self) -> dict[str, str]:
        try:
            read = json.loads(self._path.read_text(encoding="utf-8"))
            return {str(name): str(known) for name, known in read["accounts"].items()}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise ConfigError(
                f"{self._path} cannot be read.",
                f"Delete {self._path} and make the accounts again: rag-assistant staff add NAME",
            ) from error

    def _change(self, name: str, known: str | None) -> None:
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with FileLock(self._path.with_suffix(".lock")):
                accounts = self._load()
                accounts.pop(name, None)
                _write(self._path, accounts | ({name: known} if known else {}))
        except OSError as error:
            raise DocstoreError(
                f"{self._path} cannot be written: {error.strerror}.",
                "Work as the user whose data folder it is.",
            ) from error


def too_long(name: str, password: str) -> bool:
    """Whether nobody has such a name or password: to normalise long ones would take for ever."""
    return len(name) > _LONGEST_NAME or len(password) > LONGEST


def spelt(name: str) -> str:
    """A name, however it was typed; of what strangers send, only what is not `too_long`."""
    return unicodedata.normalize("NFKC", name).strip().casefold()


def _typed(password: str) -> str:
    """A password, whatever keyboard it was typed on."""
    return unicodedata.normalize("NFKC", password)


def _write(path: Path, accounts: dict[str, str]) -> None:
    descriptor, new = tempfile.mkstemp(dir=path.parent, prefix=path.name)  # mode 0600
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump({"accounts": accounts}, file, indent=1, sort_keys=True)
            file.flush()
            os.fsync(file.fileno())
        Path(new).replace(path)
    except BaseException:
        Path(new).unlink(missing_ok=True)
        raise
