"""What kind of thing a source is, in a word or two."""

from __future__ import annotations

from rag_assistant.answer import Citation
from rag_assistant.wording import ENGLISH, message, say, spoken

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


def kind_name(kind: str) -> str:
    """A kind that documents are filtered by; in English as it is stored."""
    words = _WORDS.get(kind.strip().lower(), "")
    return say(words) if words and spoken() != ENGLISH else kind


def kind_words(cited: Citation) -> str:
    """What a source is: "Newspaper page"; where we have no word for it, its own one."""
    kind = cited.kind.strip().lower()
    if cited.capture:
        return say(_WORDS["web page"])
    if kind == "newspaper" and "page" in cited.place:
        return say(_NEWSPAPER_PAGE)
    if kind == "transcript" and "speaker" in cited.place:
        return say(_ORAL_HISTORY)
    words = say(_WORDS[kind]) if kind in _WORDS else f"{cited.kind[:1].upper()}{cited.kind[1:]}"
    if cited.described_by == "cataloguer" and kind not in _RECORDS and words:
        return say("Catalogue record: {kind}", kind=words)
    return words
