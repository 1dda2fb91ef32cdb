"""Which captured addresses may be shown to whom, as pywb's access files (.aclj) say.

A rule stands on one line, ``<key> - {"access": ..., "user": ..., "url": ...}``. Its key is the
beginning of an address's SURT key, or all of it where it ends in "###". The most specific rule
holds; at one key a rule for a user goes before the one for everybody, and a dated one before the
one for all times.
(https://pywb.readthedocs.io/en/latest/manual/access-control.html)

Where pywb leaves room, the stricter reading is taken: what should be hidden stays hidden.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from rag_assistant.addresses import address_key
from rag_assistant.errors import ConfigError

Verdict = Literal["allow", "staff", "refused"]

_SUFFIX = ".aclj"
_PYWB_ARCHIVE, _PYWB_RULES = "archive", "acl"
_EXACT = "###"
_OPENS = {"allow": True, "allow_ignore_embargo": True, "block": False, "exclude": False}
_STRICTEST_FIRST: tuple[Verdict, ...] = ("refused", "staff", "allow")
_INNER_ADDRESS = re.compile(r"(?<=:)(?:https?|ftp)://", re.IGNORECASE)
_MOMENT = re.compile(r"\d{4,14}")
_LINE_HINT = 'A rule reads: org,example)/private - {"access": "block"}'


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    """One line. ``user`` is "" for everybody; dates are 14 digits, "" where none is given.

    ``moves`` says that the rule depends on the age of a capture, which changes by the day.
    """

    opens: bool
    user: str
    before: str
    after: str
    moves: bool

    @property
    def dated(self) -> bool:
        """Whether it is for some captures of an address only."""
        return self.moves or bool(self.before or self.after)

    def applies(self, timestamp: str) -> bool:
        """Whether the rule holds for a capture; in doubt what hides does, what opens does not."""
        holds: list[bool | None] = [None] if self.moves else []
        if self.before:
            holds.append(timestamp < self.before if timestamp else None)
        if self.after:
            holds.append(timestamp >= self.after if timestamp else None)
        if self.opens:
            return all(holds)
        return not holds or any(held is not False for held in holds)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRules:
    """The rules of a collection.

    ``fingerprint`` is the SHA-256 over them, "" where there are none.
    """

    fingerprint: str
    _exact: Mapping[str, tuple[_Rule, ...]]
    _prefixes: Mapping[str, tuple[_Rule, ...]]
    _lengths: tuple[int, ...]

    @classmethod
    def parse(cls, texts: Mapping[str, str]) -> AccessRules:
        """Read access files, given as file name to text.

        Raises:
            ConfigError: A line is no rule. It may hide something, so it is never passed over.
        """
        exact: dict[str, tuple[_Rule, ...]] = {}
        prefixes: dict[str, tuple[_Rule, ...]] = {}
        digest = hashlib.sha256()
        for name, text in sorted(texts.items()):
            for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
                if not line.strip():
                    continue
                digest.update(f"{line.strip()}\n".encode("utf-8", "replace"))
                rule, keys = _parsed(line, f"{name}, line {number}")
                for key in keys:
                    table = exact if key.endswith(_EXACT) else prefixes
                    bare = key.removesuffix(_EXACT)
                    table[bare] = (*table.get(bare, ()), rule)
        return cls(
            fingerprint=digest.hexdigest() if exact or prefixes else "",
            _exact=exact,
            _prefixes=prefixes,
            _lengths=tuple(sorted({len(key) for key in prefixes}, reverse=True)),
        )

    def verdict(self, uri: str, timestamp: str = "") -> Verdict:
        """Whether everybody may see an address, only the staff, or nobody.

        An address inside another ("urn:text:https://example.org/") is judged with it.

        Args:
            uri: The captured address.
            timestamp: The capture's 14 digits, UTC. Without it a rule that hides some captures
                of an address hides them all.
        """
        inner = _INNER_ADDRESS.search(uri)
        uris = (uri, uri[inner.start() :]) if inner else (uri,)
        found = {self._judged(address_key(each).lower(), timestamp) for each in uris}
        return next(verdict for verdict in _STRICTEST_FIRST if verdict in found)

    def _judged(self, key: str, timestamp: str) -> Verdict:
        levels = [
            [rule for rule in rules if rule.applies(timestamp)] for rules in self._matching(key)
        ]
        if _is_open(levels, ""):
            return "allow"
        users = {rule.user for rules in levels for rule in rules if rule.user}
        return "staff" if any(_is_open(levels, user) for user in users) else "refused"

    def _matching(self, key: str) -> Iterator[tuple[_Rule, ...]]:
        """The rules for a key, the most specific first."""
        if key in self._exact:
            yield self._exact[key]
        for length in self._lengths:
            if length <= len(key) and key[:length] in self._prefixes:
                yield self._prefixes[key[:length]]


def find_rules(root: Path) -> dict[str, str]:
    """The access files of a collection's folder: relative name to text, in order of name.

    Those are all ``.aclj`` files below it and, where it is the ``archive`` folder of a pywb
    collection, those in the ``acl`` folder beside it.

    Raises:
        ConfigError: One cannot be read, or is a link out of its folder, which is not followed.
    """
    root = root.absolute()
    homes = {root: root.resolve()}
    if root.name == _PYWB_ARCHIVE:
        homes[root.parent / _PYWB_RULES] = root.parent.resolve() / _PYWB_RULES
    found = {}
    for folder, home in homes.items():
        for path in _rule_files(folder, home):
            found[Path(os.path.relpath(path, root)).as_posix()] = _text(path)
    return dict(sorted(found.items()))


def _is_open(levels: list[list[_Rule]], user: str) -> bool:
    """Whether a user ("" for everybody) may see what the rules are for; by default all may."""
    for rules in levels:
        mine = [rule for rule in rules if rule.user == user]
        holding = mine or [rule for rule in rules if not rule.user]
        if holding:
            dated = [rule for rule in holding if rule.dated]
            return all(rule.opens for rule in dated or holding)
    return True


def _parsed(line: str, place: str) -> tuple[_Rule, set[str]]:
    """A rule and the keys it stands under."""
    parts = line.split(maxsplit=2)
    if len(parts) != 3 or parts[1] != "-":  # noqa: PLR2004 - key, dash, object
        raise ConfigError(f"{place} is no access rule.", _LINE_HINT)
    try:
        said = json.loads(parts[2])
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{place} does not end in a JSON object: {error}.", _LINE_HINT) from error
    access = said.get("access") if isinstance(said, dict) else None
    if not isinstance(access, str) or access not in _OPENS:
        raise ConfigError(
            f"{place} does not say what access it gives.",
            f"Its 'access' is one of {', '.join(sorted(_OPENS))}.",
        )
    if not isinstance(said.get("user", ""), str):
        raise ConfigError(f"The 'user' in {place} is no text.", _LINE_HINT)
    rule = _Rule(
        opens=_OPENS[access],
        user=said.get("user", ""),
        before=_moment(said, "before", place),
        after=_moment(said, "after", place),
        moves="newer" in said or "older" in said,
    )
    return rule, _keys(parts[0].lower(), rule, said.get("url"))


def _keys(key: str, rule: _Rule, url: object) -> set[str]:
    """The key as it is written; what hides also covers what it is plainly meant for.

    That is the domain of a key for all its hosts ("org,example,"), and the address from which
    another canonicaliser made a key that differs from ours.
    """
    keys = {key}
    if rule.opens:
        return keys
    if key.endswith(","):
        keys.add(f"{key[:-1]})")
    if isinstance(url, str) and url:
        keys.add(address_key(url).lower() + _EXACT * key.endswith(_EXACT))
    return keys


def _moment(said: dict[str, Any], name: str, place: str) -> str:
    value = str(said.get(name, ""))
    if not value:
        return ""
    if not _MOMENT.fullmatch(value):
        raise ConfigError(
            f"'{name}' in {place} is no date.", "Write it in digits, for example 20201226."
        )
    return value + "00000101000000"[len(value) :]


def _rule_files(folder: Path, home: Path) -> Iterator[Path]:
    def unlisted(error: OSError) -> None:
        if Path(error.filename).name == _PYWB_RULES and os.path.lexists(error.filename):
            raise _unreadable(Path(error.filename), error) from error

    for here, folders, names in os.walk(folder, onerror=unlisted):
        folders.sort()
        rules = [name for name in folders if name == _PYWB_RULES]
        rules += sorted(name for name in names if name.lower().endswith(_SUFFIX))
        for path in (Path(here, name) for name in rules):
            if not path.resolve().is_relative_to(home):
                raise ConfigError(
                    f"The access rules in {path} are a link out of the collection.",
                    "Put the rules themselves there.",
                )
            if not path.is_dir():
                yield path


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> ConfigError:
    return ConfigError(
        f"The access rules in {path} cannot be read: {error}.",
        "Access files are UTF-8 text that this user may read.",
    )
