"""Access and use conditions in words (EAD, MARC 506/540, MODS) mapped to what the house applies.

A text opens an item only where a rule below maps every sentence of it. Whatever is left over, one
half sentence even, keeps the item with the staff, and a sentence that restricts always wins.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Literal

from rag_assistant.dates import day_number, iso_date, parse_date
from rag_assistant.schema import Access, DateRange, Description, Rights, Use

_Meaning = Literal["open", "staff", "embargoed", "aside", "unmapped"] | int
"""An int: closed until that day. "embargoed": closed, and something else may say until when."""

# ---------------------------------------------------------------- the table of rules

# What a sentence may speak of as a whole; a part of it ("box 3", "the letters") is none of these.
_IT = (
    r"(?:(?:(?:the|all|all of|all the|all of the|the entire|the whole) )?"
    r"(?:collection|fonds|archives?|papers|records|documents|materials?|items?|contents)"
    r"|(?:all |all of )?th(?:is|ese) (?!part|portion|sect|select)\w+(?: \w+)?|it|they)"
)
_SUBJECT = rf"(?:{_IT}|access(?: to {_IT})?)"
_IS = rf"(?:{_SUBJECT} (?:is|are)(?: now| currently)? )?"
_STAYS = (
    rf"(?:{_SUBJECT} )?(?:(?:is|are|remains?|has been|have been|will (?:be|remain)) )?"
    r"(?:(?:now|currently|permanently|temporarily|strictly) )?"
)
_WHOM = (
    r"(?: (?:for|to) (?:(?:all|any|the|general|public|scholarly|academic|historical) )*"
    r"(?:public|research(?:ers)?|scholars|users?|readers|everyone|all|use|consultation|study"
    r"|inspection)(?: (?:use|purposes?|access|study|consultation))?)?"
)
_SHUT = (
    r"(?:closed|restricted|sealed|embargoed|embargo|withheld|unavailable|inaccessible"
    r"|not (?:yet )?(?:open|available|accessible))"
)
_REASON = (
    r"(?:,? (?:per|by|at|under|in accordance with) (?:the )?(?:\w+ of (?:the )?)?\w+(?:'s?)?"
    r"(?: (?:request|stipulations?|wish|wishes|instructions?|agreement))?)?"
)
_DATE = (
    r"(?P<date>\d{4}-\d\d-\d\d|\d{1,2}\.\d{1,2}\.\d{4}"
    r"|(?:\d{1,2}(?:st|nd|rd|th|er|\.)? (?:de |of )?)?[^\W\d_]{3,10}\.? (?:de )?\d{4}"
    r"|[^\W\d_]{3,10}\.? \d{1,2}(?:st|nd|rd|th)?,? \d{4}|\d{4})"
)
_YEARS = r"(?:for )?(?:a (?:period|term) of )?(?P<years>\d{1,3}) years"
_MADE = (
    r"(?P<made>(?:the |its |their )?(?:date of )?(?:the |its |their )?(?:record )?creation"
    r"(?: of (?:the|each) (?:records?|items?|documents?|file))?)"
)
_GENITIVE = r"(?:e|er|es|en|a|o|as|os|s)?"
_EU_REPO = "info:eu-repo/semantics/"
_COAR = r"https?://(?:www\.)?purl\.org/coar/access_right/c_"

_OPEN = (
    rf"{_IS}(?:fully |freely |publicly )?(?:open|available|accessible){_WHOM}"
    r"(?:,? without (?:any )?(?:access )?restrictions?)?",
    rf"{_IS}(?:unrestricted|not restricted){_WHOM}",
    r"(?:unrestricted|open|public|free)(?: online)? access|openaccess",
    r"public",
    rf"{_EU_REPO}openaccess/?|{_COAR}abf2/?",
    r"none",  # said of restrictions
    r"(?:there are )?(?:currently )?no (?:known )?(?:access )?restrictions?"
    rf"(?: (?:on|to|for|governing) (?:access|access (?:and|or) use)(?: (?:to|of) {_IT})?)?"
    r"(?: apply| exist)?",
    rf"(?:{_IT} )?may be (?:consulted|used|accessed|viewed) without (?:any )?restrictions?",
    # German
    r"(?:(?:der bestand|die (?:unterlagen|akten|materialien)|das archivgut) (?:ist|sind) )?"
    r"(?:frei|öffentlich|uneingeschränkt|ohne einschränkung(?:en)?|allgemein)"
    r"(?: (?:zugänglich|benutzbar|einsehbar|nutzbar))?",
    r"keine (?:zugangs|zugriffs|benutzungs|nutzungs)?(?:beschränkung|einschränkung)(?:en)?",
    # French
    rf"(?:(?:le |ce )?fonds (?:est )?|(?:les |ces )?documents (?:sont )?)?(?:librement )?"
    rf"(?:communicable|consultable|accessible|ouvert){_GENITIVE}"
    r"(?: librement| sans restriction| au public| à tous)?",
    r"(?:communication|consultation|accès) libre|libre accès|libre",
    r"(?:aucune|sans|pas de) restrictions?(?: d'accès| de communication)?",
    # Spanish
    r"acceso (?:libre|abierto|público)|(?:de )?libre acceso|de acceso libre",
    r"(?:sin|no hay|ninguna) restricci(?:ón|ones)(?: de acceso)?",
    rf"abiert{_GENITIVE}(?: al público| a la investigación| para (?:la )?investigación)?",
)
_EMBARGOED = (rf"{_EU_REPO}embargoedaccess/?|{_COAR}f1cf/?|embargoed ?access",)
_STAFF = (
    rf"{_EU_REPO}(?:closed|restricted)access/?|{_COAR}(?!abf2\b|f1cf\b)\w+/?",
    r"closed access|(?:closed|restricted)access|metadata[ -]only access",
    rf"{_STAYS}{_SHUT}{_WHOM}{_REASON}",
    r"(?:for )?(?:staff|internal)(?: use)?(?: only)?|no (?:online |public )?access|confidential",
    r"(?:access )?restrictions apply|restricted access|access by permission(?: only)?",
    rf"(?:{_SUBJECT} requires? )?(?:the )?(?:prior |written |explicit )*permission"
    r"(?: (?:of|from) [^.;]{1,80}?)?(?: is)?(?: required| needed)?(?: (?:for|to) access)?",
    rf"{_STAYS}(?:open|available|accessible) (?:only )?(?:with|by) (?:the )?(?:\w+ )?permission"
    r"(?: (?:of|from) [^.;]{1,80})?(?: only)?",
    r"gesperrt|geschlossen|nicht (?:öffentlich )?(?:zugänglich|benutzbar|einsehbar)"
    r"|nur mit (?:\w+ )?genehmigung(?: [^.;]{1,80})?|eingeschränkt(?: zugänglich)?",
    rf"(?:non communicable|non consultable|incommunicable|fermé){_GENITIVE}"
    r"|accès (?:restreint|réservé|limité|interdit)(?: au personnel)?",
    rf"(?:cerrad|restringid|reservad){_GENITIVE}|confidencial"
    r"|acceso (?:restringido|reservado|limitado|cerrado)|no accesibles?",
)
_LATER = (
    rf"info:eu-repo/date/embargoend/{_DATE}",
    rf"(?:per [^,.;]{{1,60}}, )?{_STAYS}{_SHUT}{_WHOM} (?:for \d+ years )?\(?"
    rf"(?:(?P<whole>through|thru|(?:until|to) the end of|until after)|until|till|before)"
    rf" {_DATE}\)?{_REASON}",
    rf"{_STAYS}{_SHUT}{_WHOM} {_YEARS} (?:from|after|following|since)"
    rf" (?:the end of )?(?:{_DATE}|{_MADE})",
    rf"(?:{_SUBJECT} )?(?:will (?:be |become )?)?(?:open(?:s|ed)?|available|accessible){_WHOM}"
    rf" (?:in|on|from|as of|beginning|(?P<whole>after)) {_DATE}",
    r"(?:gesperrt|geschlossen|nicht zugänglich|sperrfrist:?|schutzfrist:?)"
    rf"(?P<whole> bis)(?: zum| einschließlich| ende)* {_DATE}",
    rf"(?:frei|zugänglich|frei zugänglich|benutzbar) ab(?: dem)? {_DATE}",
    rf"(?:non communicable|non consultable|incommunicable|fermé){_GENITIVE}"
    rf" (?:avant|(?P<whole>jusqu'(?:au|en|à)))(?: le| la fin de)? {_DATE}",
    rf"(?:communicable|consultable|accessible){_GENITIVE}"
    rf" (?:à (?:partir|compter) d[eu]|en|dès) {_DATE}",
    rf"(?:cerrad|restringid|reservad|acceso restringid|no accesible){_GENITIVE}"
    rf" (?P<whole>hasta)(?: el| fines de)? {_DATE}",
)
# What says where a thing is kept, and nothing of who may see it.
_ASIDE = (
    r"(?:(?:all|some|parts?|portions?) (?:or (?:all|some|parts?|portions?) )?of )?"
    rf"{_IT} (?:is|are|may be) (?:stored|housed|held|located|kept) (?:off-?site|offsite)",
    r"the library may require up to \d{1,3}[ -]hours to retrieve these materials"
    r"(?: for research use)?",
    r"(?:advance|prior) notice is required(?: for (?:use|access|retrieval))?",
)
# What restricts access wherever it stands, be it within a sentence that no rule maps.
_CLOSES = re.compile(
    r"\b(?:closed|restricted|sealed|embargo(?:ed)?|confidential|withheld|inaccessible)\b"
    r"|\bnot (?:yet )?(?:publicly )?(?:open|accessible|public(?! domain))\b"
    r"|\bnot publicly available|\b(?:not (?:yet )?|un)available (?:for|to|until|before|online)\b"
    r"|\b(?:staff|internal use|on[- ]site|reading room) only\b|\bno (?:online |public )?access\b"
    r"|\bgesperrt|\bgeschlossen|\b(?:sperr|schutz)frist|\bvertraulich|\bnicht (?:\w+ )?zugänglich"
    r"|\b(?:eingeschränkt|beschränkt)\w* zug|\bnon (?:communicable|consultable)|\bincommunicable"
    r"|\baccès (?:restreint|réservé|limité|interdit)|\bconfidentiel|\bferm(?:é|ée|és|ées)\b"
    r"|\bacceso (?:restringido|reservado|limitado|cerrado)|\bno accesible|\bcerrad[oa]"
    r"|\bconfidencial"
)
_BANNED = re.compile(
    r"\b(?:may|must|shall|can) ?not be\b|\bnot (?:permitted|allowed)\b|\bprohibited\b"
    r"|\bforbidden\b|\buntersagt\b|\binterdite?s?\b|\bprohibid[oa]s?\b"
)
_MACHINES: tuple[tuple[Use, re.Pattern[str]], ...] = (
    ("list", re.compile(r"\b(?:text|data)[ -]mining\b|\b(?:machine|automated) processing\b")),
    (
        "quote",
        re.compile(r"\bartificial intelligence\b|\bai\b|\bmachine learning\b|\blanguage models?\b"),
    ),
)
_MONTHS = (
    "january jan januar janvier enero",
    "february feb februar février febrero",
    "march mar märz mars marzo",
    "april apr avril abril",
    "may mai mayo",
    "june jun juni juin junio",
    "july jul juli juillet julio",
    "august aug août agosto",
    "september sep sept septembre septiembre",
    "october oct oktober octobre octubre",
    "november nov novembre noviembre",
    "december dec dezember décembre diciembre",
)

# ---------------------------------------------------------------- how it is applied

_LONGEST = 400  # code points of a sentence that a rule may map
_LAST_YEAR = 9999
_RIGHTS_URI = re.compile(
    r"https?://(?:www\.)?(?:rightsstatements|creativecommons)\.org/[^\s<>\"')\]]+"
)
_TYPOGRAPHY = str.maketrans("\u2018\u2019", "''")
_SENTENCE_END = re.compile(r"(?<!\b\d)(?<!\b\d\d)[.!](?:\s+|\Z)|;\s*|\n+")
_LABEL = re.compile(
    r"\A(?:(?:conditions|information|restrictions?|limitations)(?: governing| on| about)? "
    r"access(?: to collection)?|access(?: restrictions?| conditions?)|restrictions?): "
)
_NUMERIC = re.compile(r"(?:(\d{4})-(\d\d)-(\d\d)|(\d{1,2})\.(\d{1,2})\.(\d{4}))")
_WORDS_IN_ONE = re.compile(r"(?<=[a-z])(?=[A-Z])")  # closedAccess, DonorRestricted
_ACCESS_TERM = re.compile(rf"(?:{_EU_REPO}\w+access|{_COAR}\w+)/?", re.IGNORECASE)
_TABLE: tuple[
    tuple[Literal["open", "staff", "embargoed", "aside", "later"], tuple[str, ...]], ...
] = (
    ("later", _LATER),
    ("embargoed", _EMBARGOED),
    ("staff", _STAFF),
    ("open", _OPEN),
    ("aside", _ASIDE),
)


def conditions(
    access: Sequence[str],
    use: Sequence[str] = (),
    *,
    made: DateRange | None = None,
    names: Sequence[str] = (),
    restricted: bool = False,
) -> Description:
    """What conditions mean here, in the fields that narrow access and state rights.

    Opened are items whose access texts all say so in every sentence. A closure that names its end
    gives ``closed_until``, the first open day: of "until 1 January 2050" that day, of a year or a
    month alone the day after it. What no rule maps in full leaves ``access`` None beside its
    ``access_note``, which keeps the item with the staff. Use conditions become ``rights`` and
    never change access; ``use`` is narrowed where they forbid machines to read.

    Args:
        access: The texts of access conditions, in the source's own words, without headings.
        use: The texts of conditions of use and reproduction.
        made: When the item was made, which closures of so many years count from.
        names: What the item and what holds it are called, where a text may call it so.
        restricted: Whether something beside the texts, such as an attribute or an indicator, says
            that access is restricted. Then nothing opens it but a day that they name.

    Returns:
        A description with nothing but access, closed_until, use, access_note and rights.
    """
    access = [text.strip() for text in access if text.strip()]
    use = [text.strip() for text in use if text.strip()]
    meanings = [_meaning(one, made, names) for text in access for one in _sentences(text)]
    narrowed, until = _machine_use(use), _closed_until(meanings)
    allowed = _access(meanings, noted=bool(access), narrowed=bool(narrowed))
    if restricted and until is None and "unmapped" not in meanings:
        allowed = "staff"
    return Description(
        access=allowed,
        closed_until=until,
        use=narrowed,
        access_note="\n".join(access),
        rights=_rights(use),
    )


def closes(text: str) -> bool:
    """Whether a text restricts access, such as one on rights that need not speak of access.

    It does where a rule says so of one of its sentences, or where one that no rule opens has a word
    of closing in it: "Restricted to staff", "closedAccess".
    """
    return any(map(_is_closing, _sentences(_WORDS_IN_ONE.sub(" ", text))))


def is_access_term(text: str) -> bool:
    """Whether it is a term of repositories for access (info:eu-repo, COAR), open or not."""
    return bool(_ACCESS_TERM.fullmatch(text.strip()))


def of_rights(texts: Sequence[str], access: Sequence[str] = ()) -> Description:
    """What statements of rights, which may speak of access too, mean for access and use.

    Args:
        texts: The statements, or the addresses that stand for them.
        access: The texts of access conditions beside them.

    Returns:
        What `conditions` returns, without rights.
    """
    said = [one for one in texts if closes(one) or is_access_term(one)]
    return replace(conditions(list(dict.fromkeys([*access, *said])), texts), rights=None)


def _is_closing(sentence: str) -> bool:
    meaning = _meaning(sentence, None, ())
    if meaning == "unmapped":
        return bool(_CLOSES.search(sentence))
    if meaning == "staff" and "permission" in sentence:  # which copies need more often than access
        return "access" in sentence
    return meaning not in ("open", "aside")


def _access(meanings: Sequence[_Meaning], *, noted: bool, narrowed: bool) -> Access | None:
    """Public where every sentence opens; None where it is closed for a time or not understood."""
    dated = any(isinstance(one, int) for one in meanings)
    if "staff" in meanings or ("embargoed" in meanings and not dated):
        return "staff"
    if "unmapped" not in meanings and dated:
        return None
    if "unmapped" in meanings or "open" not in meanings:
        # A narrowed use beside it would read as if a rule had mapped the access text.
        return "staff" if noted and narrowed else None
    return "public"


def _closed_until(meanings: Sequence[_Meaning]) -> int | None:
    if "unmapped" in meanings:  # or it would open on that day whatever else was said
        return None
    return max((one for one in meanings if isinstance(one, int)), default=None)


def _sentences(text: str) -> Iterator[str]:
    """The sentences of a text in one form: small letters, single spaces, no end mark."""
    for part in _SENTENCE_END.split(text):
        sentence = " ".join(part.translate(_TYPOGRAPHY).split()).lower().rstrip(" .!:,")
        if any(map(str.isalnum, sentence)):
            yield sentence


def _meaning(sentence: str, made: DateRange | None, names: Sequence[str]) -> _Meaning:
    """What a rule says of a whole sentence."""
    if len(sentence) > _LONGEST:
        return "unmapped"
    sentence = _unnamed(_LABEL.sub("", sentence), names)
    for meaning, patterns in _TABLE:
        for pattern in patterns:
            if match := re.fullmatch(pattern, sentence):
                if meaning != "later":
                    return meaning
                day = _first_open_day(match, made)
                return "unmapped" if day is None else day
    return "unmapped"


def _unnamed(sentence: str, names: Sequence[str]) -> str:
    """A sentence that calls the item by its name, as if it said "the collection"."""
    subject, verb, rest = next(
        (parts for parts in map(sentence.partition, (" is ", " are ")) if parts[1]),
        ("", "", ""),
    )
    subject = subject.removeprefix("the ").strip()
    for name in names if " " in subject else ():
        called = " ".join(name.translate(_TYPOGRAPHY).split()).lower().removeprefix("the ")
        if called == subject or called.startswith((f"{subject},", f"{subject} (")):
            return f"the collection{verb}{rest}"
    return sentence


# ---------------------------------------------------------------- dates


def _first_open_day(match: re.Match[str], made: DateRange | None) -> int | None:
    """The day from which a closed item is open; None where its date is none or unknown."""
    found = match.groupdict()
    by_its_own_date = bool(found.get("made"))
    when = made if by_its_own_date else _date(found.get("date") or "")
    if when is None:
        return None
    years, is_day = int(found.get("years") or 0), when.first == when.last
    if years:
        return _years_later(when.last, years, whole=by_its_own_date or not is_day)
    return when.last + (bool(found.get("whole")) or not is_day)


def _years_later(day: int, years: int, *, whole: bool) -> int | None:
    """A day so many years on; with ``whole`` the first day after the year that it falls in."""
    year, month, rest = (int(part) for part in iso_date(day).rsplit("-", 2))
    if not 0 < year + years < _LAST_YEAR:
        return None
    if whole:
        return day_number(year + years + 1, 1, 1)
    return day_number(year + years, month, rest)


def _date(words: str) -> DateRange | None:
    """A date in words of any of the languages here: a day, a month or a year."""
    if numbers := _NUMERIC.fullmatch(words):
        iso = numbers.group(1, 2, 3) if numbers[1] else numbers.group(6, 5, 4)
        return parse_date("-".join(part.zfill(2) for part in iso))
    parts = [part.rstrip(".,") for part in words.split() if part not in ("de", "of")]
    year = parts.pop()
    month = next((_month(part) for part in parts if part.isalpha()), 0)
    if parts and not month:
        return None
    day = next((re.sub(r"\D", "", part).zfill(2) for part in parts if part[0].isdigit()), "")
    return parse_date("-".join(filter(None, [year, f"{month:02d}" if month else "", day])))


def _month(name: str) -> int:
    """The number of a month by its name, 0 for what is none."""
    return next((n for n, names in enumerate(_MONTHS, 1) if name in names.split()), 0)


# ---------------------------------------------------------------- use and rights


def _machine_use(texts: Sequence[str]) -> Use | None:
    """What is left where the words forbid machines to read; None where they do not."""
    banned = [one for text in texts for one in _sentences(text) if _BANNED.search(one)]
    return next(
        (use for use, machines in _MACHINES if any(machines.search(one) for one in banned)), None
    )


def _rights(texts: Sequence[str]) -> Rights | None:
    if not texts:
        return None
    uri = next((found[0] for found in map(_RIGHTS_URI.search, texts) if found), "")
    return Rights(uri=uri.rstrip(".,;"), label="\n".join(texts))
