"""One plain reference a citation, in the order in which archives and libraries write them.

What the source does not say is left out; nothing stands in its place ("n.d.", "Anonymous").
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rag_assistant import dates
from rag_assistant.answer import Citation, CitedCapture
from rag_assistant.locators import container
from rag_assistant.references.issued import csl_date, date_words
from rag_assistant.references.items import (
    agents_of,
    is_component,
    is_speech,
    is_whole,
    role_of,
    stated_date,
)
from rag_assistant.references.lines import capped, one_line, quoted_inside, sentence
from rag_assistant.references.preferred import preferred_reference
from rag_assistant.schema import Agent, Record

_IN_QUOTES = ("article", "chapter", "entry", "paper-conference", "post", "review", "webpage")


def reference(citation: Citation, *, collection: str = "") -> str:
    """What is cited, with the cited place, as one line of plain text.

    Args:
        citation: With its record, where there is one.
        collection: The title of the collection that holds it.
    """
    record = citation.record or Record()
    if citation.capture:
        made = _web(citation, citation.capture, collection)
    elif is_speech(citation):
        made = _speech(citation, record, collection)
    elif record.preferred_citation:
        made = preferred_reference(record, _item(citation, record), _undated(citation))
    elif record.repository or record.collection or is_component(record):
        made = _archival(citation, record)
    else:
        made = _bibliographic(citation, record, collection)
    return one_line(made)


def _web(citation: Citation, capture: CitedCapture, collection: str) -> str:
    """“Page title.” URL. Captured 3 May 2019, Collection. Replay link."""
    captured = f"Captured {dates.capture_words(capture.timestamp)}"
    return _sentences(
        _people(citation),
        _quoted(_title(citation)),
        capped(_listed(_date(citation), _where(citation))),
        f"{citation.uri}." if citation.uri else "",
        _listed(captured, collection),
        f"{citation.archive_url}." if citation.archive_url else "",
    )


def _speech(citation: Citation, record: Record, collection: str) -> str:
    """Speaker, in “Title”, date, at 00:12:31. Collection, Repository."""
    speaker, begin = citation.place.get("speaker"), citation.place.get("begin")
    title = f"“{_title(citation)}”"
    said = _listed(
        f"{speaker}, in {title}" if speaker else title,
        _date(citation),
        f"at {_clock(begin)}" if begin is not None else "",
    )
    return _sentences(said, _listed(*_holder(record)) or collection)


def _archival(citation: Citation, record: Record) -> str:
    """Author, item title, date, p. 4, Box 3, Folder 12, Series, Collection, Repository."""
    item = _listed(
        _makers(citation, record), _title(citation), _undated(citation), _where(citation)
    )
    return sentence(_listed(item, *_holder(record)))


def _item(citation: Citation, record: Record) -> str:
    return _listed(_makers(citation, record), _title(citation), _where(citation))


def _makers(citation: Citation, record: Record) -> str:
    """The authors; of a collection not those whom its title names: "Ada Venn Papers"."""
    title = record.title.casefold()
    names = [name for one in record.agents if (name := _name(one, inverted=False).casefold())]
    if is_whole(record) and any(name in title for name in names):
        return ""
    return _people(citation, inverted=False)


def _undated(citation: Citation) -> str:
    """The date, unless it stands in the title."""
    date = _date(citation)
    return "" if date in _title(citation) else date


def _holder(record: Record) -> tuple[str, ...]:
    """Where it is kept, from the inside out."""
    inner = (container(record), *reversed(record.series))
    whole = "" if is_whole(record) else record.collection
    return (*inner, whole, record.repository)


def _bibliographic(citation: Citation, record: Record, collection: str) -> str:
    """Author. Title. Edition. Place: Publisher, year, p. 12.

    What stands in something else is quoted: Author. “Title.” Journal 3, no. 2 (1934): 12–24.
    """
    title = _title(citation)
    inside = bool(record.container_title) or record.type.startswith(_IN_QUOTES)
    editors = [one for one in record.agents if role_of(one) == "editor"]
    return _sentences(
        _people(citation),
        _quoted(title) if inside else title,
        f"Edited by {_joined(editors, inverted=False)}" if editors else "",
        record.edition,
        capped(_listed(_imprint(citation, record), _where(citation))),
        "" if citation.record else collection,
        _address(citation),
    )


def _imprint(citation: Citation, record: Record) -> str:
    """Place: Publisher, year; or the journal with its volume, issue, year and pages."""
    published = ": ".join(part for part in (record.publisher_place, record.publisher) if part)
    numbered = " ".join(part for part in (record.container_title, record.volume) if part)
    numbered = _listed(numbered, f"no. {record.issue}" if record.issue else "")
    date = _date(citation)
    if published or not (record.volume or record.issue):
        inside = f"In {numbered}" if published and numbered else numbered
        return _listed(inside, record.pages if inside else "", published, date)
    dated = f"{numbered} ({date})" if date else numbered
    return f"{dated}: {record.pages}" if record.pages else dated


def _address(citation: Citation) -> str:
    doi = next((value for name, value in _identified(citation) if name.lower() == "doi"), "")
    if doi:
        return f"{doi if '://' in doi else f'https://doi.org/{doi}'}."
    return f"{citation.uri}." if citation.uri and not citation.record else ""


def _identified(citation: Citation) -> Iterable[tuple[str, str]]:
    said = citation.record.identifiers if citation.record else ()
    return (*said, *citation.identifiers.items())


def _title(citation: Citation) -> str:
    return (citation.record.title if citation.record else "") or citation.title


def _date(citation: Citation) -> str:
    """The source's date in words; its own words where they are no EDTF."""
    issued = csl_date(citation.record.issued if citation.record else "")
    date = csl_date(stated_date(citation)) or issued
    is_about = issued and "circa" in issued and date and "literal" not in date
    return date_words({**date, "circa": True} if date and is_about else date)


def _where(citation: Citation) -> str:
    """The cited place in the work, unless the reference names it in its own order.

    Where a cataloguer's words are cited, it is a place in the description.
    """
    place = citation.place
    named = is_speech(citation) or ("container" in place and "page" not in place)
    return "" if named or citation.described_by == "cataloguer" else citation.locator


def _people(citation: Citation, *, inverted: bool = True) -> str:
    """The authors: the first as it is sorted ("Venn, Ada"), the others as they are spoken."""
    authors = [one for one in agents_of(citation) if role_of(one) == "author"]
    return _joined(authors, inverted=inverted)


def _joined(agents: Sequence[Agent], *, inverted: bool) -> str:
    names = [_name(one, inverted=inverted and place == 0) for place, one in enumerate(agents)]
    names = [name for name in names if name]
    if len(names) < 2:  # noqa: PLR2004 - nothing to join
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _name(agent: Agent, *, inverted: bool) -> str:
    if not agent.family:
        return agent.literal or agent.given
    parts = (agent.family, agent.given) if inverted else (agent.given, agent.family)
    return (", " if inverted else " ").join(part for part in parts if part)


def _quoted(title: str) -> str:
    return f"“{sentence(quoted_inside(title))}”" if title else ""


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{rest:02d}"


def _listed(*parts: str) -> str:
    return ", ".join(part for part in parts if part)


def _sentences(*parts: str) -> str:
    return " ".join(sentence(part) for part in parts if part)
