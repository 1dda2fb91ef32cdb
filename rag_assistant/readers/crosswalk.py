"""What all crosswalks to `schema.Record` share: so the same work is the same record in each.

`crosswalk_marc`, `crosswalk_mods` and `crosswalk_dc` take the facts out of their formats; titles,
names, roles, identifiers and dates are brought into one writing here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache

from rag_assistant.readers.crosswalk_dates import day_range
from rag_assistant.readers.language import normalise_language
from rag_assistant.schema import Agent, Description, Place, Record, Section

Line = tuple[str, str]
"""Where words stand in a record ("MARC 520"), and the words."""

_SPACE = re.compile(r"\s+")
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]")
_SIGNS = " /:;=,"
_COLON = re.compile(r"\s+:\s+")
_ABBREVIATIONS = frozenset(
    {
        "ed", "eds", "rev", "print", "co", "inc", "ltd", "corp", "bros", "jr", "sr", "dr", "st",
        "p", "pp", "v", "vol", "vols", "no", "nos", "ill", "illus", "ca", "etc", "al",
        "pub", "dept", "univ", "anniv", "enl", "aufl", "bd", "bde", "hrsg", "verl",
        # of the states in which American places lie
        "ala", "ariz", "ark", "calif", "colo", "conn", "del", "fla", "ga", "ind", "kan", "ky",
        "la", "mass", "md", "mich", "minn", "miss", "mo", "mont", "neb", "nev", "okla", "ore",
        "pa", "tenn", "tex", "va", "vt", "wash", "wis", "wyo",
    }
)  # fmt: skip
_UNKNOWN = re.compile(
    r"s\.\s?[ln]\.?|(?:place of publication|publisher|distributor) not identified", re.IGNORECASE
)
_WEB = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
_NAME_DATES = re.compile(
    r",?\s*\(?(?:(?:approximately|active|born|died|ca\.?|b\.|d\.|fl\.)\s*)?"
    r"\d{3,4}\??\s*(?:-\s*(?:\d{3,4}\??)?)?\)?\s*[.,]?\Z"
)
_IN_BRACKETS = re.compile(r"\([^()]*\)")
_IN_OR_OUT = re.compile(r"[()]")  # "Editor (edt)" is two words for one role
_BODY = re.compile(
    r"\b(?:academy|association|bureau|church|college|committee|company|congress|council|"
    r"department|foundation|government|inc|institute|library|ltd|ministry|museum|office|"
    r"organi[sz]ation|press|school|society|university|universität)\b",
    re.IGNORECASE,
)
_LONGEST_FAMILY = 4
_LONG_CODE = 3

# MARC relator codes and the terms that stand for them, as CSL has the roles.
_ROLES = {
    "author": "aut author cre creator writer dis dissertant lyr lyricist jurisdiction",
    "editor": "edt editor edc compiler's-editor hrsg herausgeber",
    "compiler": "com compiler",
    "translator": "trl translator übersetzer",
    "illustrator": "ill illustrator",
    "composer": "cmp composer",
    "director": "drt director fmd",
    "producer": "pro producer fmp",
    "performer": "prf performer sng singer itr instrumentalist mus musician act actor",
    "narrator": "nrt narrator",
    "interviewer": "ivr interviewer",
    "interviewee": "ive interviewee",
    "recipient": "rcp addressee recipient",
    "curator": "cur curator",
    "host": "hst host",
    "organizer": "orm organizer",
    "series-creator": "series-creator",
    "script-writer": "aus screenwriter sce scenarist",
}
_CSL_ROLES = {word: role for role, words in _ROLES.items() for word in words.split()}
_ARTISTS = frozenset({"art", "artist", "pht", "photographer", "egr", "engraver"})
_NO_PART = frozenset(
    {
        "own", "owner", "fmo", "len", "lender", "dnr", "donor", "dpt", "depositor", "rps",
        "repository", "pbl", "publisher", "prt", "printer", "dst", "distributor", "isb", "mfr",
        "manufacturer", "bsl", "bookseller", "dte", "dedicatee", "his", "host-institution", "dgg",
        "fnd", "funder",
    }
)  # fmt: skip
"""Roles of those who hold, sold, made or paid for a copy: none has a part in the work."""

_LATER_ROLE = "contributor"
_SCHEMES = ("doi", "isbn", "issn", "handle", "ark", "lccn", "oclc", "control_number", "url")
_SCHEME_NAMES = {"hdl": "handle", "uri": "url", "purl": "url", "stock number": "local"}
_STATED = re.compile(
    r"(?:urn:|info:)?(doi|isbn|issn|hdl|handle|lccn|oclc)(?:-1[03])?\s*[:/\s]\s*(\S.*)",
    re.IGNORECASE,
)
_RESOLVERS = (
    ("doi", re.compile(r"https?://(?:dx\.)?doi\.org/(10\.\S+)", re.IGNORECASE)),
    ("handle", re.compile(r"https?://hdl\.handle\.net/(\S+)", re.IGNORECASE)),
    ("ark", re.compile(r"(?:https?://\S+?/)?(ark:/?\d{5}\S*)", re.IGNORECASE)),
    ("doi", re.compile(r"(10\.\d{4,9}/\S+)")),
)
_OCLC = re.compile(r"\(OCoLC\)\s*(?:oc[mn]|on)?0*(\d+)", re.IGNORECASE)


# ---------------------------------------------------------------- words


def one_line(words: str) -> str:
    """Words with single spaces between them, without controls such as marks for sorting."""
    return _SPACE.sub(" ", _CONTROLS.sub("", words)).strip()


def plain(words: str) -> str:
    """A value without the punctuation by which ISBD ends it; composed Unicode, single spaces.

    "Roads /" is "Roads"; "2nd ed." keeps its full stop, "First edition." loses it.
    """
    text = _unpunctuated(one_line(unicodedata.normalize("NFC", words)))
    if not text.endswith(".") or text.endswith("..."):
        return text
    word = text[:-1].rpartition(" ")[2].lower().lstrip("([")
    is_short = word in _ABBREVIATIONS or len(word) == 1 or "." in word
    return text if is_short else text[:-1].rstrip()


def _unpunctuated(text: str) -> str:
    while True:
        cut = text.rstrip(_SIGNS)
        cut = cut.removesuffix(" .")
        if cut == text:
            return text
        text = cut


def title_of(title: str, subtitle: str = "", parts: Iterable[str] = ()) -> str:
    """A title as citations have it: "Title: subtitle. Part 1, Name"."""
    whole = plain(_COLON.sub(": ", f" {title} ").strip())
    if sub := plain(subtitle):
        sub = _COLON.sub(": ", sub)
        whole = f"{whole} = {sub}" if title.rstrip().endswith("=") else f"{whole}: {sub}"
    named = ", ".join(filter(None, map(plain, parts)))
    return ". ".join(filter(None, (whole, named)))


def publication(words: str) -> str:
    """A publisher or a place, without the brackets of what was supplied; "" for unknown ones."""
    text = plain(words)
    if text[:1] + text[-1:] == "[]" and not re.search(r"[\[\]]", text[1:-1]):
        text = plain(text[1:-1])
    elif text.count("[") != text.count("]"):  # the other one stands in another part
        text = plain(text.removeprefix("[").removesuffix("]"))
    return "" if _UNKNOWN.fullmatch(text) else text


def subject(parts: Iterable[str]) -> str:
    """A heading with its subdivisions: "London (England) -- Fiction"."""
    return " -- ".join(filter(None, (plain(part) for whole in parts for part in whole.split("--"))))


def distinct(values: Iterable[str]) -> tuple[str, ...]:
    """Those that say something, each once, in their order."""
    return tuple(dict.fromkeys(filter(None, values)))


def languages(words: Iterable[str]) -> tuple[str, ...]:
    """Codes, or English names, of languages in the writing of the house; others are left out."""
    return distinct(_language(one) for one in map(plain, words))


def web_address(words: str) -> str:
    """Words that are an address of the web, "" for others: no other scheme is ever a link."""
    words = words.strip()
    return words if _WEB.fullmatch(words) else ""


# ---------------------------------------------------------------- agents


def role_of(*words: str, first: bool) -> str:
    """The role that the first known relator code, term or URI tells, as CSL has it.

    Without one it is an author's where the name is the first of the record, else a contributor's;
    "" for who has no part in the work itself, such as an owner.
    """
    parts = [part for word in words for part in _IN_OR_OUT.split(word.rpartition("/")[2])]
    said = [part.strip(" .,;[]").lower() for part in parts if part.strip()]
    if any(word in _ARTISTS for word in said):
        return "author" if first else "illustrator"
    known = [_CSL_ROLES[word] for word in said if word in _CSL_ROLES]
    if known:
        return known[0]
    if any(word in _NO_PART for word in said):
        return ""
    return "author" if first and not said else _LATER_ROLE


def person(name: str, role: str) -> Agent:
    """A person whose name is written "Family, Given"; without a comma it is a name as it is."""
    family, comma, given = _undated(name).partition(",")
    if not comma or not given.strip():
        return body(family, role)
    return Agent(family=plain(family), given=plain(given), role=role)


def body(name: str, role: str) -> Agent:
    """A body, or a name that is not taken apart."""
    return Agent(literal=plain(name), role=role)


def person_or_body(name: str, role: str) -> Agent:
    """A name of which nothing is known but its writing: "Family, Given" is a person's."""
    bare = _IN_BRACKETS.sub("", _undated(name))
    family, comma, given = bare.partition(",")
    is_person = comma and given.strip() and "," not in given.strip(" ,") and not _BODY.search(bare)
    if is_person and len(family.split()) <= _LONGEST_FAMILY:
        return person(name, role)
    return body(_undated(name), role)


def agents(found: Iterable[Agent]) -> tuple[Agent, ...]:
    """Each agent once, in the order of the record, without those who have no name or no role."""
    return tuple(dict.fromkeys(one for one in found if one.role and (one.family or one.literal)))


def shown_name(agent: Agent) -> str:
    """The name as catalogues write it: "Family, Given"."""
    return ", ".join(filter(None, (agent.family, agent.given))) or agent.literal


def _undated(name: str) -> str:
    return _NAME_DATES.sub("", plain(name))


# ---------------------------------------------------------------- identifiers


def identifier(scheme: str, value: str) -> list[tuple[str, str]]:
    """One identifier of a named scheme; a system number of OCLC gives its bare number too."""
    value, scheme = value.strip(), _SCHEME_NAMES.get(scheme.strip().lower(), scheme.strip().lower())
    if not value:
        return []
    if number := _OCLC.match(value):
        return [("oclc", number[1]), ("local", value)]
    return [(scheme or "local", value)]


def stated_identifier(words: str) -> list[tuple[str, str]]:
    """The identifier that words without a scheme are: "ISBN 0-15-6", "doi:10.1000/1", a URL."""
    words = words.strip()
    if stated := _STATED.fullmatch(words):
        return identifier(stated[1], stated[2])
    for scheme, pattern in _RESOLVERS:
        if found := pattern.fullmatch(words):
            return identifier(scheme, found[1])
    return identifier("url" if web_address(words) else "local", words)


def ordered(found: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Each identifier once, by scheme: those that are the same everywhere first."""
    known = {scheme: place for place, scheme in enumerate(_SCHEMES)}
    return tuple(sorted(dict.fromkeys(found), key=lambda pair: known.get(pair[0], len(known))))


# ---------------------------------------------------------------- what becomes of a record


def description(record: Record, *, kind: str = "") -> Description:
    """A record as the description of its work, in a cataloguer's words."""
    firsts: dict[str, str] = {}
    for scheme, value in record.identifiers:
        firsts.setdefault(scheme, value)
    addresses = [*map(web_address, (firsts.get("url", ""), *record.links))]
    return Description(
        title=record.title,
        creator=shown_name(record.agents[0]) if record.agents else "",
        date=day_range(record.issued),
        language=record.languages[0] if record.languages else "",
        kind=kind or record.type or "record",
        identifiers=firsts,
        uri=next(filter(None, addresses), ""),
        described_by="cataloguer",
        record=record,
    )


def section(lines: Sequence[Line]) -> Section:
    """A record's own words, a paragraph for each of its fields, which keeps its place in it."""
    said: dict[str, Place] = {}
    end = -2
    for path, written in lines:
        words = one_line(written)
        if words and words not in said:  # one subject may stand in several lists of subjects
            start, end = end + 2, end + 2 + len(words)
            said[words] = Place(start=start, end=end, path=path)
    return Section(text="\n\n".join(said), places=tuple(said.values()))


def _language(words: str) -> str:
    code = normalise_language(words) or _language_names().get(words.lower(), "")
    if len(code) != _LONG_CODE:
        return code
    from babel.core import get_global

    return str(get_global("language_aliases").get(code, code))  # "bre" is "br" of ISO 639-1


@cache
def _language_names() -> dict[str, str]:
    import babel

    names = babel.Locale("en").languages
    return {str(name).lower(): normalise_language(code) for code, name in names.items()}
