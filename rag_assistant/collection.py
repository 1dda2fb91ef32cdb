"""What a collection says of itself: ``collection.toml`` at the top of its folder."""

from __future__ import annotations

import os
import re
import stat
import tomllib
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from rag_assistant.errors import ConfigError
from rag_assistant.local_contexts import PROJECT_FILE, label_type, read_project
from rag_assistant.schema import USES, Access, DescribedBy, Notice, Rights, Use

COLLECTION_FILE = "collection.toml"
_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
_HINT = "See 'Collections' in the README for the keys."
_PATTERNS = "Patterns are relative to the folder, such as '*.txt', 'drafts' or '**/*.pdf'."


class _Notice(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    type: str
    text: str
    language: str = ""
    community: str = ""
    uri: str = ""


class _Rights(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    uri: str = ""
    label: str = ""


Columns = tuple[str, ...]


class FieldMapping(BaseModel):
    """What the columns of a table, or the keys of JSON records, stand for; one ``[[mapping]]``.

    A name is that of a column or a key; of nested JSON it is the keys with dots between them.

    Attributes:
        files: A pattern as in ``include``.
        records: Where the list of records stands in a JSON file, "" for the file itself.
        id: What tells a record from all others of its file; else its number does.
        text: What is read and searched.
        described_by: Whose words these are: a cataloguer's about the thing, or the source's own.
        access: Holds "public" or "staff"; other words are a restriction, as they stand.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    files: str
    text: Columns = Field(min_length=1)
    records: str = ""
    id: str = ""
    title: str = ""
    creator: Columns = ()
    date: str = ""
    language: str = ""
    kind: str = ""
    type: str = ""
    uri: str = ""
    publisher: str = ""
    subjects: Columns = ()
    identifiers: dict[str, str] = Field(default_factory=dict)
    rights: str = ""
    rights_uri: str = ""
    access: str = ""
    described_by: DescribedBy = "cataloguer"

    @field_validator("text", "creator", "subjects", mode="before")
    @classmethod
    def _one_or_several(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else value

    @field_validator("files")
    @classmethod
    def _pattern(cls, value: str) -> str:
        if not _is_pattern(value):
            raise ValueError("use a pattern such as '*.csv' or 'exports/**/*.json'")
        return value

    @property
    def columns(self) -> tuple[str, ...]:
        """All names that it uses."""
        single = (
            self.id, self.title, self.date, self.language, self.type, self.uri, self.publisher,
            self.rights, self.rights_uri, self.access,
        )  # fmt: skip
        several = (*self.text, *self.creator, *self.subjects, *self.identifiers.values())
        return tuple(dict.fromkeys(name for name in (*single, *several) if name))


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """Which files below a folder are those of its collection.

    Attributes:
        root: The collection's folder.
        include: Patterns of what is read.
        exclude: Patterns of what is not, whatever ``include`` says.
    """

    root: Path
    include: tuple[str, ...] = ("**/*",)
    exclude: tuple[str, ...] = ()

    def left_out_by(self, parts: tuple[str, ...]) -> str:
        """The key of the globs that leave a path out, "" where none does.

        Args:
            parts: The path's, from the collection's folder on.
        """
        if self.excludes(parts):
            return "exclude"
        ways = (parts[:length] for length in range(len(parts), -1, -1))
        included = any(matches(way, _parts_of(p)) for way in ways for p in self.include)
        return "" if included else "include"

    def excludes(self, parts: tuple[str, ...]) -> bool:
        """Whether ``exclude`` names this very path; what is below it is left out with it."""
        return any(matches(parts, _parts_of(pattern)) for pattern in self.exclude)

    def reaches(self, path: Path) -> bool:
        """Whether a file is one of the collection's: not hidden, left out or another's.

        Args:
            path: The file, without links on the way, as `os.path.realpath` gives it.
        """
        root = Path(os.path.realpath(self.root))
        if not path.is_relative_to(root):
            return False
        parts = path.relative_to(root).parts
        folders = [parts[:length] for length in range(1, len(parts))]
        return not (
            any(part.startswith(".") for part in parts)
            or self.left_out_by(parts)
            or any(self.excludes(folder) for folder in folders)
            or any(os.path.isfile(root.joinpath(*one, COLLECTION_FILE)) for one in folders)
        )


class CollectionConfig(BaseModel):
    """One collection. Access is ``staff`` where nothing is said; unknown keys are an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    title: str = ""
    description: str = ""
    language: str = ""
    access: Access = "staff"
    use: Use = "answer"
    rights: _Rights | None = None
    notices: tuple[_Notice, ...] = ()
    local_contexts: str = PROJECT_FILE
    protocols: dict[str, Use] = Field(default_factory=dict)
    contact: str = ""
    include: tuple[str, ...] = ("**/*",)
    exclude: tuple[str, ...] = ()
    catalogue_url: str = ""
    replay_url: str = ""
    canvas_url: str = ""
    viewer_url: str = ""
    date_range: str = ""
    mapping: tuple[FieldMapping, ...] = ()
    root: Path = Field(default=Path(), exclude=True)

    @field_validator("local_contexts")
    @classmethod
    def _beside(cls, value: str) -> str:
        if PurePosixPath(value).name != value or not value.endswith(".json"):
            raise ValueError("name a .json file at the top of the collection")
        return value

    @field_validator("id")
    @classmethod
    def _plain_id(cls, value: str) -> str:
        if not is_collection_id(value):
            raise ValueError("use lower-case letters, digits, '.', '_' and '-'")
        return value

    def mapping_of(self, name: str) -> FieldMapping | None:
        """The first mapping whose pattern fits a file's name in the collection."""
        parts = PurePosixPath(name).parts
        fitting = (one for one in self.mapping if matches(parts, PurePosixPath(one.files).parts))
        return next(fitting, None)

    @property
    def walk(self) -> Walk:
        """Which files are its own."""
        return Walk(root=self.root, include=self.include, exclude=self.exclude)

    @property
    def rights_statement(self) -> Rights | None:
        """The rights as the schema's type."""
        return Rights(uri=self.rights.uri, label=self.rights.label) if self.rights else None

    @property
    def notice_list(self) -> tuple[Notice, ...]:
        """The notices as the schema's type."""
        return tuple(Notice(**notice.model_dump()) for notice in self.notices)


def load_collection(folder: Path, collection_id: str | None = None) -> CollectionConfig:
    """Read a folder's ``collection.toml``; without one, a staff-only collection named after it.

    Args:
        folder: The collection's top folder.
        collection_id: The id from the command line; it must agree with the file's.

    Raises:
        ConfigError: The file is not TOML, has a wrong key or value, or another id.
    """
    path = folder / COLLECTION_FILE
    values: dict[str, Any] = {}
    if has_config(folder):
        values = _read(path)
        if collection_id and values.get("id", collection_id) != collection_id:
            raise ConfigError(
                f"{path} names the collection '{values['id']}', not '{collection_id}'.",
                f"Leave out --collection, or change the id in {path}.",
            )
    values.setdefault("id", collection_id or default_id(folder))
    where = str(path) if has_config(folder) else "--collection"
    if "root" in values:  # known to the type, but not for a file to say
        raise ConfigError(f"{where}: 'root': unknown key.", _HINT)
    try:
        config = CollectionConfig(**values, root=folder)
    except ValidationError as error:
        fault = error.errors()[0]
        key = ".".join(str(part) for part in fault["loc"])
        what = "unknown key" if fault["type"] == "extra_forbidden" else fault["msg"]
        raise ConfigError(f"{where}: '{key}': {what}.", _HINT) from error
    for pattern in config.include + config.exclude:
        if not _is_pattern(pattern):
            raise ConfigError(f"{where}: '{pattern}' is no pattern.", _PATTERNS)
    return _labelled(config, named="local_contexts" in values)


def _labelled(config: CollectionConfig, *, named: bool) -> CollectionConfig:
    """The collection with the labels and notices of its Local Contexts project, if it has one.

    Raises:
        ConfigError: The project cannot be read, or is named and not there.
    """
    path = config.root / config.local_contexts
    if not named and not os.path.lexists(path):
        return config
    project = read_project(path)
    labels = (_Notice(**asdict(one)) for one in project.notices)
    meant = {label_type(name): use for name, use in config.protocols.items()}
    uses = [meant[one] for one in map(label_type, project.types) if one in meant]
    return config.model_copy(
        update={
            "notices": tuple(dict.fromkeys((*config.notices, *labels))),
            "use": max((config.use, *uses), key=USES.index),
        }
    )


def matches(parts: tuple[str, ...], pattern: tuple[str, ...]) -> bool:
    """Whether a pattern fits a path; unlike `Path.glob` it need not be able to list folders."""
    if not pattern:
        return not parts
    if pattern[0] == "**":
        return matches(parts, pattern[1:]) or (bool(parts) and matches(parts[1:], pattern))
    return bool(parts) and fnmatchcase(parts[0], pattern[0]) and matches(parts[1:], pattern[1:])


@cache
def _parts_of(pattern: str) -> tuple[str, ...]:
    return PurePosixPath(pattern).parts


def has_config(folder: Path) -> bool:
    """Whether a folder says of itself that it is a collection.

    Raises:
        ConfigError: The folder lets nobody look.
    """
    path = folder / COLLECTION_FILE
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error}.", f"Correct {path}.") from error


def is_collection_id(text: str) -> bool:
    """Whether a text can be a collection's id, and so the name of a folder."""
    return _ID.fullmatch(text) is not None


def default_id(folder: Path) -> str:
    """A collection id made of a folder's name."""
    return re.sub(r"[^a-z0-9]+", "-", folder.name.casefold()).strip("-")[:63] or "collection"


def _is_pattern(text: str) -> bool:
    pattern = PurePosixPath(text)
    if not pattern.parts or pattern.is_absolute():
        return False
    return all(part == "**" or "**" not in part for part in pattern.parts)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}.", f"Correct {path}.") from error
