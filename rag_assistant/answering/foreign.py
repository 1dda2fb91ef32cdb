"""What a model may not bring into an answer by itself: addresses, and characters nobody sees.

Both stay where a passage that it was shown has them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence

_KNOWN_DOMAINS = "com|org|net|edu|gov|info|biz|io|de|fr|es|uk|ru|cn|onion|example|test|invalid|рф"
_IDENTIFIER = r"(?:arxiv|isbn(?:-1[03])?|issn|pmid|hdl):?\s*(?=[\w./-]*\d)[\w./-]{4,}"
_SCHEME = r"(?:[a-z][a-z0-9+.-]{0,20}:)?//|(?:mailto|javascript|vbscript|data|tel|urn|file):|www\."
_ADDRESS = re.compile(
    rf"(?:doi:?\s*)?(?:{_SCHEME}|10\.\d{{4,9}}/)\S+"
    rf"|\b{_IDENTIFIER}"
    r"|97[89]-(?:\d-?){9}[\dx]|\b97[89]\d{10}\b"  # of a book, whatever stands around it
    # "holt@town.example", "town.example/a": small letters, so that "1893.The" is none
    r"|(?<!\w)(?:[\w.+-]{1,64}@)?(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,8}"
    rf"(?:(?:{_KNOWN_DOMAINS})\b|(?-i:(?<=[^\W\d]\.)[a-z]{{2,24}}\b))(?:[:/?#]\S*)?",
    re.I,
)
_AFTER = ".,;:!?)>]\"'”’»*_`"
_HIDDEN = ("Cc", "Cf", "Cs", "Co")
_JOINERS = "\u200c\u200d"
"""They shape Persian, Indian scripts and emoji; beside other characters they only hide."""
_IDLE_JOINER = re.compile(rf"(?:^|(?<=[\x00-\u02ff]))[{_JOINERS}]|[{_JOINERS}](?=[\x00-\u02ff]|$)")


class Foreign:
    """Tells what stands in no passage.

    Args:
        passages: What the model was shown.
    """

    def __init__(self, passages: Sequence[str]) -> None:
        self._passages = [passage.casefold() for passage in passages]
        self._hidden = {one for passage in passages for one in passage if _is_hidden(one)}

    def visible(self, word: str) -> str:
        """A word without characters that nobody sees."""
        if word.isascii() and word.isprintable():
            return word
        kept = (one for one in word if one in self._hidden or not _is_hidden(one))
        return _IDLE_JOINER.sub("", "".join(kept))

    def without_addresses(self, word: str, found: Callable[[], None]) -> str:
        """A word without the addresses and identifiers of no passage; each is told to ``found``."""

        def known(match: re.Match[str]) -> str:
            address = match[0].rstrip(_AFTER)
            if self.holds(address):
                return match[0]
            found()
            return match[0][len(address) :]

        while (left := _ADDRESS.sub(known, word)) != word:  # what goes may have hidden another
            word = left
        return word

    def holds(self, address: str) -> bool:
        """Whether a passage has this very address."""
        bare = re.sub(r"^doi:?\s*", "", address.casefold())
        whole = re.compile(rf"(?<![\w.-]){re.escape(bare)}(?![\w-])")
        return any(bare in passage and whole.search(passage) for passage in self._passages)


def _is_hidden(character: str) -> bool:
    return (
        character not in _JOINERS
        and not character.isspace()
        and unicodedata.category(character) in _HIDDEN
    )
