"""What kind of thing a source is, in a word or two."""

from __future__ import annotations

from collections.abc import Collection

from rag_assistant.answer import Citation
from rag_assistant.wording import message, say

_WORDS = {
    "article": message("Article"),
    "article-journal": message("Journal article"),
    "article-magazine": message("Magazine article"),
    "article-newspaper": message("Newspaper article"),
    "book": message("Book"),
    "catalogue record": message("Catalogue record"),
    "chapter": message("Chapter"),
    "collection": message("Finding aid"),
    "component": message("Finding aid entry"),
    "diary": message("Diary"),
    "document": message("Document"),
    "donor file": message("Donor file"),
    "edition": message("Edition"),
    "feed": message("News feed"),
    "finding aid": message("Finding aid"),
    "graphic": message("Picture"),
    "interview": message("Interview"),
    "letter": message("Letter"),
    "manuscript": message("Manuscript"),
    "map": message("Map"),
    "minutes": message("Minutes"),
    "newspaper": message("Newspaper"),
    "pdf": message("PDF document"),
    "photograph": message("Photograph"),
    "record": message("Catalogue record"),
    "report": message("Report"),
    "text": message("Text"),
    "thesis": message("Thesis"),
    "transcript": message("Transcript"),
    "web page": message("Web page"),
}
_NEWSPAPER_PAGE = message("Newspaper page")
_ORAL_HISTORY = message("Oral history")
_RECORDS = ("catalogue record", "record", "component", "collection", "finding aid")


def kind_words(
    kind: str, *, captured: bool = False, place: Collection[str] = (), described_by: str = ""
) -> str:
    """What a source is: "Newspaper page"; where we have no word for it, its own one.

    Args:
        kind: The source's own word.
        captured: It was captured from the web.
        place: What is known of the place in it: "page", "speaker".
        described_by: Who described it, as in `Citation`.
    """
    known = kind.strip().lower()
    if captured:
        return say(_WORDS["web page"])
    if known == "newspaper" and "page" in place:
        return say(_NEWSPAPER_PAGE)
    if known == "transcript" and "speaker" in place:
        return say(_ORAL_HISTORY)
    words = say(_WORDS[known]) if known in _WORDS else f"{kind[:1].upper()}{kind[1:]}"
    if described_by == "cataloguer" and known not in _RECORDS and words:
        return say("Catalogue record: {kind}", kind=words)
    return words


def kind_of(cited: Citation) -> str:
    """The same of what an answer cites."""
    return kind_words(
        cited.kind,
        captured=cited.capture is not None,
        place=cited.place,
        described_by=cited.described_by,
    )
