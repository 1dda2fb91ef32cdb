"""Pages about an invented town, put together from our own words, the same for the same seed.

Sentences are templates whose gaps are filled from short lists, from made names and from numbers: so
words are as unevenly common as in real text, no page is like another, and each can be told apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

_SYLLABLES = (
    (
        "Al",
        "Bar",
        "Cor",
        "Dun",
        "El",
        "Fen",
        "Gar",
        "Hol",
        "Ing",
        "Ker",
        "Lang",
        "Mar",
        "Nor",
        "Os",
        "Pen",
        "Quar",
        "Rad",
        "Sel",
        "Thor",
        "Ul",
        "Ven",
        "Wes",
        "Yar",
        "Zel",
    ),
    ("a", "ber", "den", "er", "ga", "in", "lo", "mi", "ne", "o", "ra", "si", "ti", "ve"),
    (
        "brook",
        "by",
        "cott",
        "dale",
        "ford",
        "ham",
        "holm",
        "ley",
        "more",
        "ridge",
        "stead",
        "ton",
        "wick",
        "worth",
        "field",
        "gate",
    ),
)
_PARAGRAPH = (3, 6)  # sentences


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """What is written in one language. Templates have gaps by the names of ``words``.

    ``{name}``, ``{other}``, ``{year}`` and ``{number}`` are made anew each time. ``topics`` are
    things to write about: the title of each, and the words that belong to it.
    """

    templates: tuple[str, ...]
    titles: tuple[str, ...]
    menu: tuple[str, ...]
    footer: str
    words: Mapping[str, tuple[str, ...]]
    topics: Mapping[str, tuple[str, ...]]


ENGLISH = Language(
    templates=(
        "In {year} the {body} {decided} the {thing} at {name}, which had {number} {unit}.",
        "The {thing} of {name} was {built} by {other} between {year} and the following {season}.",
        "According to the {paper}, {number} {people} came to see the {thing} in {month} {year}.",
        "{other}, then {office} of {name}, wrote that the {thing} was {judged}.",
        "Until {year} every {thing} in the parish was kept by the {body} of {name}.",
        "A {weather} in {month} {year} {damaged} the {thing}, and {number} {people} gave money.",
        "The {paper} of {name} says little about the {thing}, but much about the {topic}.",
        "Nobody now remembers why {other} sold the {thing} for {number} pounds.",
        "When the {body} met in {month}, the {topic} and the {thing} were the only matters.",
        "The {thing} stood beside the road to {name} and was {judged} by most {people}.",
        "Of the {number} {unit} that were promised, {other} delivered half before {season}.",
        "Two letters in the {paper} describe how the {thing} was {built} after the {weather}.",
        "By {year} the {topic} had changed: the {thing} was gone, and {name} had a new {office}.",
        "{other} of {name} left the {body} a drawing of the {thing}, dated {month} {year}.",
        "The {people} of {name} paid {number} shillings a year for the {thing}.",
        "It was {other} who first {decided} a {thing} for the {topic}, against the {body}.",
        "Repairs to the {thing} took {number} weeks and were {judged} at the time.",
        "In the {season} of {year} the {office} counted {number} {unit} near the {thing}.",
    ),
    titles=(
        "The {topic} of {name}",
        "{name} and its {thing}",
        "Notes on the {topic}, {year}",
        "How {name} got its {thing}",
        "{other} and the {topic}",
    ),
    menu=("Home", "News", "Council", "Visit", "History", "Library", "Contact", "Site map"),
    footer="Published by the town of {name}. Opening hours, privacy and accessibility.",
    words={
        "body": (
            "council",
            "vestry",
            "harbour board",
            "school board",
            "guild",
            "assembly",
            "water company",
            "committee",
            "bench of magistrates",
        ),
        "decided": ("approved", "refused", "postponed", "ordered", "proposed", "paid for"),
        "built": ("built", "restored", "surveyed", "painted", "moved", "measured", "rebuilt"),
        "unit": ("acres", "barrels", "rooms", "fathoms", "looms", "carts", "volumes", "feet"),
        "season": ("spring", "summer", "autumn", "winter", "harvest", "Lent", "Michaelmas"),
        "people": ("visitors", "weavers", "sailors", "pupils", "farmers", "widows", "clerks"),
        "paper": ("minute book", "ledger", "Gazette", "diary", "census", "chronicle", "register"),
        "month": (
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ),
        "office": ("mayor", "harbour master", "librarian", "schoolmaster", "surveyor", "vicar"),
        "judged": (
            "thought too dear",
            "much admired",
            "in poor repair",
            "a danger to children",
            "the finest in the county",
            "older than the church",
            "well kept",
            "soon forgotten",
        ),
        "weather": ("flood", "gale", "frost", "fire", "drought", "landslip", "thunderstorm"),
        "damaged": ("destroyed", "spared", "flooded", "uncovered", "closed", "split"),
    },
    topics={
        "harbour": (
            "lighthouse",
            "quay",
            "breakwater",
            "customs house",
            "lifeboat",
            "crane",
            "dry dock",
            "pilot boat",
            "rope walk",
            "fish market",
        ),
        "railway": ("station", "viaduct", "signal box", "goods shed", "turntable", "footbridge"),
        "schools": (
            "grammar school",
            "infants' room",
            "slate",
            "playground",
            "night class",
            "desk",
        ),
        "library": ("reading room", "card catalogue", "lending desk", "map chest", "book van"),
        "mills": ("waterwheel", "weir", "spinning mule", "chimney", "dye house", "mill race"),
        "churches": ("bell tower", "font", "organ", "churchyard", "vestment", "stained window"),
        "markets": ("corn exchange", "toll booth", "weighbridge", "butter cross", "stall"),
        "water": ("reservoir", "pump", "conduit", "fountain", "well", "sewer", "aqueduct"),
        "elections": ("ballot box", "hustings", "petition", "town hall", "charter", "seal"),
        "farming": ("barn", "threshing machine", "orchard", "hedge", "common", "dairy", "granary"),
        "health": ("fever hospital", "dispensary", "bath house", "infirmary", "apothecary's shop"),
        "theatre": ("playhouse", "bandstand", "curtain", "music hall", "cinema", "puppet stage"),
        "quarries": ("slate quarry", "lime kiln", "tramway", "powder house", "incline", "pit"),
        "war": ("drill hall", "memorial", "shelter", "ration book", "barracks", "watchtower"),
    },
)
GERMAN = Language(
    templates=(
        "Im Jahr {year} {decided} {body} von {name} über {thing} mit {number} {unit}.",
        "{other}, damals {office} in {name}, nannte {thing} {judged}.",
        "Nach {weather} im {month} {year} spendeten {number} {people} für {thing}.",
        "{paper} von {name} berichtet, dass {thing} erst {year} fertig wurde.",
        "Für {thing} zahlten die {people} jährlich {number} Gulden an {body}.",
        "Früher lag {thing} an der Straße nach {name}, wo {other} {number} {unit} besaß.",
        "Über {topic} stritt {body} mit {other} bis in den {month} {year}.",
    ),
    titles=("{name}: {topic}", "{topic} im Jahr {year}", "{other} und {topic}"),
    menu=("Startseite", "Aktuelles", "Rathaus", "Geschichte", "Bücherei", "Kontakt", "Übersicht"),
    footer="Herausgegeben von der Stadt {name}. Öffnungszeiten, Datenschutz, Barrierefreiheit.",
    words={
        "body": ("der Rat", "die Zunft", "das Hafenamt", "der Ausschuss", "die Gemeinde"),
        "decided": ("beschloss", "verhandelte", "entschied", "beriet", "schwieg"),
        "unit": ("Morgen", "Fässern", "Räumen", "Webstühlen", "Bänden", "Fuß"),
        "office": ("Bürgermeister", "Müller", "Küster", "Bibliothekar", "Lehrer", "Hafenmeister"),
        "judged": ("zu teuer", "viel bewundert", "baufällig", "älter als die Kirche", "schön"),
        "weather": ("der Flut", "dem Sturm", "dem Frost", "dem Brand", "der Dürre"),
        "month": ("Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "Oktober"),
        "people": ("Bürger", "Weber", "Schüler", "Bäuerinnen", "Gäste", "Matrosen"),
        "paper": ("Das Ratsbuch", "Die Chronik", "Das Kirchenbuch", "Die Zeitung"),
    },
    topics={
        "die Brücke": ("die Brücke", "der Zollturm", "das Wehr", "die Fähre", "der Steg"),
        "die Mühle": ("das Mühlrad", "die Sägemühle", "der Mühlbach", "der Kornspeicher"),
        "die Bücherei": ("der Lesesaal", "der Zettelkatalog", "die Kartensammlung"),
        "der Hafen": ("der Leuchtturm", "das Zollhaus", "der Kai", "die Werft"),
        "die Schule": ("das Schulhaus", "die Turnhalle", "die Lateinschule", "der Garten"),
    },
)
LANGUAGES: Mapping[str, Language] = {"en": ENGLISH, "de": GERMAN}


def made_name(draw: Random) -> str:
    """A name of a place or a person; some five thousand there are."""
    return "".join(draw.choice(part) for part in _SYLLABLES)


def filled(draw: Random, template: str, language: Language, topic: str) -> str:
    """A template with its gaps filled: each topic has its things."""
    gaps = {name: draw.choice(words) for name, words in language.words.items()}
    text = template.format(
        **gaps,
        thing=draw.choice(language.topics[topic]),
        topic=topic,
        name=made_name(draw),
        other=f"{made_name(draw)} {made_name(draw)}",
        year=draw.randint(1650, 2019),
        number=draw.randint(2, 4000),
    )
    return text[0].upper() + text[1:]


def paragraphs(draw: Random, language: Language, topic: str, characters: int) -> list[str]:
    """Paragraphs on a topic, together at least so many characters long."""
    written: list[str] = []
    while sum(map(len, written)) < characters:
        number = draw.randint(*_PARAGRAPH)
        written.append(
            " ".join(
                filled(draw, draw.choice(language.templates), language, topic)
                for _ in range(number)
            )
        )
    return written


def title(draw: Random, language: Language, topic: str) -> str:
    """A title for a page on a topic."""
    return filled(draw, draw.choice(language.titles), language, topic)


def questions(draw: Random, number: int) -> list[str]:
    """Questions that pages in English on their topics may answer."""
    forms: Sequence[str] = (
        "When was the {thing} at {name} {built}?",
        "Why was the {thing} {judged} in {year}?",
        "Who {decided} the {thing} after the {weather}?",
        "How many {people} paid for the {thing} of {name}?",
        "What does the {paper} say about the {topic}?",
        "{thing} {name} {year}",
    )
    topics = list(ENGLISH.topics)
    return [filled(draw, draw.choice(forms), ENGLISH, draw.choice(topics)) for _ in range(number)]
