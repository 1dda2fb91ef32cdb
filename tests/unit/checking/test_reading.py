"""How references of all styles are taken apart."""

from __future__ import annotations

import time

import pytest

from rag_assistant.checking import read
from rag_assistant.checking.likeness import distance, misspelt, overlap, same_words
from rag_assistant.checking.names import agree, names_in
from rag_assistant.checking.references import Reference
from rag_assistant.errors import TooLongError, UsageError
from rag_assistant.titles import title_keys

STYLES = [
    "Venn, Ada, and Bo Marsh. The Iron Bridge: Its Builders. Weir: Town Press, 1868.",
    "Venn, Ada, and Bo Marsh. *The Iron Bridge: Its Builders*. Town Press, 1868.",
    "Venn, A., & Marsh, B. (1868). The iron bridge: Its builders (2nd ed.). Town Press.",
    "Venn, A. and Marsh, B. (1868) The iron bridge: Its builders. Weir: Town Press.",
    "Venn, A. and Marsh, B., 1868. The iron bridge: Its builders. Weir: Town Press.",
    "1. Venn A, Marsh B. The iron bridge: Its builders. Weir: Town Press; 1868.",
    "Ada Venn and Bo Marsh, The Iron Bridge: Its Builders (Weir: Town Press, 1868), 23.",
    "VENN, Ada and MARSH, Bo. The Iron Bridge: Its Builders. 2nd ed. Weir: Town Press, 1868.",
    "The Iron Bridge: Its Builders by Ada Venn and Bo Marsh (1868)",
    "“The Iron Bridge: Its Builders,” by Ada Venn and Bo Marsh, 1868",
    "@book{k, author={Venn, Ada and Marsh, Bo}, year=1868,\n"
    " title={The {Iron} Bridge: Its Builders}}",
    "TY  - BOOK\nAU  - Venn, Ada\nAU  - Marsh, Bo\nTI  - The Iron Bridge: Its Builders\n"
    "PY  - 1868/05/04\nER  - ",
]


@pytest.mark.parametrize("text", STYLES)
def test_every_style_gives_title_names_and_year(text: str) -> None:
    ((one,), aside) = read(text)
    assert one.title.casefold() == "the iron bridge: its builders"
    assert [name.family for name in one.authors] == [("venn",), ("marsh",)]
    assert {name.given[0][0] for name in one.authors} == {"a", "b"}
    assert one.years[-1] == 1868
    assert aside == []


def test_an_article_has_a_container_and_numbers() -> None:
    text = (
        "van der Berg, A.-M., & O'Neil, P. (2011, May). Where rivers go. *Journal of Water*, "
        "12(3), 1–9. https://doi.org/10.1000/182 ISSN 2049-3630"
    )
    ((one,), _) = read(text)
    assert one.title == "Where rivers go"
    assert [name.family for name in one.authors] == [("van", "der", "berg"), ("oneil",)]
    assert one.date == "2011"
    assert one.container == "Journal of Water"
    assert [(number.scheme, number.key) for number in one.identifiers] == [
        ("doi", "10.1000/182"),
        ("issn", "20493630"),
    ]


def test_labels_name_the_parts() -> None:
    text = "**Title:** The Iron Bridge\n**Authors:** Ada Venn and Bo Marsh\n- Year: 1868"
    ((one,), _) = read(f"{text}\n- ISBN-10: 0-201-61622-X")
    assert (one.title, one.date) == ("The Iron Bridge", "1868")
    assert [name.family for name in one.authors] == [("venn",), ("marsh",)]
    assert [(number.key, number.fault) for number in one.identifiers] == [("9780201616224", "")]
    ((untitled,), _) = read("1. *Bridges*\n   - Author: Ada Venn\n   - Year: 1868")
    assert (untitled.title, untitled.years) == ("Bridges", (1868,))


def test_an_entry_without_a_key_keeps_its_first_field() -> None:
    ((one,), _) = read("@book{title = {The Iron Bridge}, year = 1868}")
    assert (one.title, one.date) == ("The Iron Bridge", "1868")


def test_latex_and_continued_lines_are_read() -> None:
    text = r"""@article{k, author = "Ha{\v{c}}ek, Ji\v{r}\'{\i} and M{\"u}ller, J{\"o}rg",
      title = {{\OE}uvres \& bridges -- a {DNA} study}, journal = {J. Water},
      year = {1999}, doi = {10.1000/182}}"""
    ((one,), _) = read(text)
    assert one.title == "Œuvres & bridges – a DNA study"
    assert [name.text for name in one.authors] == ["Haček, Jiří", "Müller, Jörg"]
    assert one.container == "J. Water"
    assert one.identifiers[0].key == "10.1000/182"
    ((ris,), _) = read("TY  - JOUR\nTI  - A long\n  title\nSN  - 2049-3630\nER  - ")
    assert ris.title == "A long title"
    assert ris.identifiers[0].scheme == "issn"


@pytest.mark.parametrize(
    ("said", "known", "same"),
    [
        ("Venn, A.", "Venn, Ada", True),
        ("Ada Venn", "Venn, Ada", True),
        ("Venn AB", "Venn, Ada Beatrix", True),
        ("A. B. Venn", "Venn, Ada Beatrix", True),
        ("Venn", "Venn, Ada", True),
        ("Vennn, Bo", "Venn, Ada", False),
        ("Venn, Bo", "Venn, Ada", False),
        ("Marsh, Ada", "Venn, Ada", False),
        ("Johnson, Eric F.", "Foster-Johnson, Eric", True),
        ("Prokudin-Gorskij, S.", "Prokudin-Gorskii, Sergei", True),
        ("Gorskii, S.", "Prokudin-Gorskiĭ, Sergeĭ", True),
        ("Müller, J.", "Muller, Jorg", True),
        ("García Márquez, Gabriel", "Garcia Marquez, Gabriel", True),
    ],
)
def test_names_agree_as_far_as_they_go(said: str, known: str, same: bool) -> None:
    assert agree(names_in(said)[0], names_in(known)[0]) is same


def test_slips_are_small() -> None:
    assert misspelt("bridge", "brigde")
    assert misspelt("perspectives", "prespectivs")
    assert not misspelt("men", "man")
    assert not misspelt("1984", "1985")
    assert distance("venn", "marsh", 2) == 3
    assert same_words(("iron", "bridge", "builders"), ("iron", "brigde", "builders"))
    assert same_words(("data", "base", "design"), ("database", "design"))
    assert same_words(("bridges", "and", "mills"), ("bridges", "mills"))
    assert not same_words(("horse", "mirth"), ("house", "mirth"))
    assert not same_words(("volume", "1"), ("volume", "2"))
    assert overlap(("iron", "bridge"), ("the", "iron", "gate")) == 0.5


@pytest.mark.parametrize(
    ("title", "keys"),
    [
        ("The iron bridge : its builders / Ada Venn.", ("iron bridge its builders", "iron bridge")),
        ("Moby-Dick; or, The Whale", ("moby dick or the whale", "moby dick")),
        ("Zen Classics [sound recording]", ("zen classics",)),
        ("[Kostroma]", ("kostroma",)),
        ("Polak amerykański = American Pole.", ("polak amerykanski",)),
        ("Perl programmer's guide", ("perl programmers guide",)),
        ("", ()),
    ],
)
def test_titles_have_keys(title: str, keys: tuple[str, ...]) -> None:
    assert title_keys(title) == keys


def test_what_is_too_much_or_nothing_is_said() -> None:
    with pytest.raises(TooLongError, match="50,000 characters"):
        read("a" * 50_001)
    with pytest.raises(TooLongError, match="101 references"):
        read("\n\n".join(f"Venn, A. Bridge {number}. 1868." for number in range(101)))
    with pytest.raises(UsageError, match="no reference"):
        read(" \n ")


@pytest.mark.parametrize(
    "text",
    [
        "(" * 20_000,
        "a, " * 15_000,
        "Venn, A. " * 5_000,
        "*" * 40_000,
        "“" * 40_000,
        "@book{" + "{" * 30_000,
        "1. " * 10_000,
        "\u0301" * 20_000,
        "10.1000/" * 5_000,
        "9-" * 20_000,
        "_a" * 20_000,
        "by A " * 9_000,
        "ab\n" * 16_600,
        ("https://a" * 2_700 + "\n") * 2,
        "a" + "\n" * 49_000 + "b",
        "@a{\n" * 12_000,
        "Year: 1\n" * 6_200,
        "Title: a\n b\n" * 4_000,
        "A" * 49_000 + "!",
    ],
    ids=lambda text: text[:8],
)
@pytest.mark.timeout(20)
def test_hostile_texts_are_read_in_time(text: str) -> None:
    begun = time.process_time()
    try:
        references, _ = read(text)
    except TooLongError:
        references = [Reference(text=text, readings=())]
    assert references
    assert time.process_time() - begun < 1.5
