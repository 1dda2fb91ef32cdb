"""A MARC 21 record, whatever it was written in: the fields that the crosswalk reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rag_assistant.errors import FailedError
from rag_assistant.readers.xml import local

if TYPE_CHECKING:
    from lxml.etree import _Element

LEADER = 24
_TAG_LENGTH = 3
_PARTS = frozenset({"leader", "controlfield", "datafield"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field. Control fields have ``data``; others indicators and (code, value) subfields."""

    tag: str
    data: str = ""
    indicators: str = "  "
    subfields: tuple[tuple[str, str], ...] = ()

    @property
    def meant(self) -> str:
        """Its tag; that of the field whose words an 880 has in another script."""
        linked = self.first("6").strip()[:_TAG_LENGTH] if self.tag == "880" else ""
        return linked if linked.isdigit() else self.tag

    def all(self, codes: str) -> list[str]:
        """The values of these subfields, in the order of the field."""
        return [value for code, value in self.subfields if code in codes and value.strip()]

    def first(self, code: str) -> str:
        """The first value of a subfield, "" for none."""
        return next(iter(self.all(code)), "")

    def joined(self, codes: str) -> str:
        """The values of these subfields on one line."""
        return " ".join(value.strip() for value in self.all(codes))


@dataclass(frozen=True, slots=True, kw_only=True)
class Marc:
    """A record: its leader, 24 characters, and its fields."""

    leader: str
    fields: tuple[Field, ...]

    def all(self, *tags: str) -> Iterator[Field]:
        """The fields with these tags, in the order of the record."""
        return (field for field in self.fields if field.tag in tags)

    def data(self, tag: str) -> str:
        """The first control field with this tag, "" for none."""
        return next((field.data for field in self.all(tag)), "")

    @property
    def control_number(self) -> str:
        """001, without the blanks around it."""
        return self.data("001").strip()

    @property
    def kind(self) -> str:
        """An "authority" or "holdings" record; "" for what describes a work."""
        letter = self.leader[6:7]
        return (
            "authority" if letter == "z" else "holdings" if letter in ("u", "v", "x", "y") else ""
        )

    @property
    def is_unimarc(self) -> bool:
        """Whether it is UNIMARC, which is exchanged in the same way but has its title in 200."""
        return not any(self.all("245")) and any(field.first("a") for field in self.all("200"))

    @property
    def is_deleted(self) -> bool:
        """Whether the record only says that there is none any more."""
        return self.leader[5:6] == "d"


def from_xml(element: _Element) -> Marc:
    """The record that a MARCXML ``<record>`` holds.

    Raises:
        FailedError: It holds no field.
    """
    leader, fields = "", []
    for child in element:
        name = local(child)
        if name == "leader":
            leader = child.text or ""
        elif name == "controlfield":
            fields.append(Field(tag=_tag(child.get("tag")), data=_text(child)))
        elif name == "datafield":
            fields.append(_data_field(child))
    return checked(leader, fields)


def control_number(element: _Element) -> str:
    """001 of a MARCXML ``<record>``, "" where it has none."""
    for child in element:
        if local(child) == "controlfield" and _tag(child.get("tag")) == "001":
            return _text(child).strip()
    return ""


def is_record(element: _Element) -> bool:
    """Whether a ``<record>`` is MARC's own, and not an envelope around one."""
    names = {local(child) for child in element}
    return bool(names & _PARTS) or not any(
        local(one) == "record" for one in element.iterdescendants()
    )


def from_json(record: Any) -> Marc:
    """The record that an object of marc-in-json holds.

    Raises:
        FailedError: It is none.
    """
    fields = []
    try:
        for entry in record["fields"]:
            for tag, value in entry.items():
                fields.append(_json_field(str(tag), value))
        return checked(str(record["leader"]), fields)
    except (AttributeError, KeyError, TypeError) as error:
        raise FailedError("damaged record", "it is no MARC-in-JSON") from error


def checked(leader: str, fields: list[Field]) -> Marc:
    """A record of these parts.

    Raises:
        FailedError: There is no field.
    """
    if not fields:
        raise FailedError("damaged record", "it has no fields")
    return Marc(leader=leader.ljust(LEADER), fields=tuple(fields))


def _data_field(element: _Element) -> Field:
    indicators = "".join((element.get(name) or " ")[:1] for name in ("ind1", "ind2"))
    subfields = tuple(
        ((child.get("code") or " ")[:1], _text(child))
        for child in element
        if local(child) == "subfield"
    )
    return Field(tag=_tag(element.get("tag")), indicators=indicators, subfields=subfields)


def _json_field(tag: str, value: Any) -> Field:
    if isinstance(value, str):
        return Field(tag=_tag(tag), data=value)
    subfields = tuple(
        (str(code)[:1], str(words)) for part in value["subfields"] for code, words in part.items()
    )
    indicators = "".join((str(value.get(name) or " "))[:1] for name in ("ind1", "ind2"))
    return Field(tag=_tag(tag), indicators=indicators, subfields=subfields)


def _text(element: _Element) -> str:
    return "".join(element.itertext())


def _tag(written: str | None) -> str:
    """A tag of three signs: "42" is "042"."""
    return (written or "").strip().rjust(_TAG_LENGTH, "0")
