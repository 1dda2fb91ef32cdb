"""Word documents through mammoth: text by headings, with its footnotes and endnotes."""

from __future__ import annotations

import re
from typing import Any

from rag_assistant.errors import FailedError
from rag_assistant.readers.office import DAMAGED, TITLE, from_markup
from rag_assistant.readers.parts import Parts
from rag_assistant.readers.properties import properties_of
from rag_assistant.readers.word_parts import Cleaned
from rag_assistant.readers.xml import words
from rag_assistant.schema import Document

_STYLES = f"p.Title => h1.{TITLE}:fresh"
_IGNORED = re.compile(r"An unrecognised element was ignored: (?:\{.*\}|\w+:)?(\w+)")
_PROPERTIES = "docProps/core.xml"


def document(data: bytes, name: str) -> Document:
    """Read a DOCX.

    Args:
        data: Its bytes.
        name: The format that the document came in.

    Raises:
        FailedError: It is damaged, or a part of it is missing or too large.
    """
    parts = Parts(data)
    cleaned = Cleaned(parts)
    markup, unread = _converted(cleaned)
    properties, unsaid = properties_of(parts, _PROPERTIES)
    return from_markup(markup, properties, name, (*cleaned.notes, *unread, *unsaid))


def _converted(cleaned: Cleaned) -> tuple[str, tuple[str, ...]]:
    """The document as HTML, and a note on elements with text that the converter does not know."""
    import mammoth

    try:
        result = mammoth.convert_to_html(
            cleaned.archive,
            style_map=_STYLES,
            include_embedded_style_map=False,
            external_file_access=False,
            convert_image=_no_image,
        )
    except (OSError, KeyError, ValueError) as error:
        raise FailedError(DAMAGED, str(error)) from error
    ignored = {match[1] for one in result.messages if (match := _IGNORED.match(one.message))}
    lost = sorted(
        name
        for name in ignored
        if any(words(one) for root in cleaned.bodies for one in root.iter(f"{{*}}{name}"))
    )
    return result.value, (f"elements that were not read: {', '.join(lost)}",) if lost else ()


def _no_image(_image: Any) -> list[Any]:
    return []
