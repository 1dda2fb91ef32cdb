"""Pictures of pages read by tesseract, where it is installed: another program, held to a time.

It runs inside a reading process and has its limits: the memory by inheritance, and of the time what
is left for the item; what it does not reach stays unread, and is counted as that.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence

from rag_assistant.readers import scanned
from rag_assistant.readers.charset import clean_text
from rag_assistant.schema import Page, Place, Section

NOT_INSTALLED = "tesseract, which would read them, is not installed"
NOT_REACHED = "not reached in the time that reading one file may take (indexing.seconds): "
"""How the note begins that counts the pages for which the time did not suffice."""
BY_MACHINE = "read from their pictures by tesseract: "
"""How the note begins that counts such pages."""

_PROGRAM = "tesseract"
_NO_LANGUAGES = frozenset({"osd", "equ"})
_MOST_LANGUAGES = 3  # each takes its own time
_DEFAULT = "eng"
_SECONDS = 20.0  # where nobody else limits it
_SHARE = 0.75  # of the time that is left: what was read must still be split
_LEAST = 0.5
_ONE_THREAD = {"OMP_THREAD_LIMIT": "1"}
_PAGE, _WORD = "1", "5"  # levels of its table
_COLUMNS = 12


class Tesseract:
    """The program, with the time that is left for one file.

    Attributes:
        late: Whether a page was given up since the time had run out.
    """

    def __init__(self, program: str) -> None:
        self._program = program
        self._deadline = time.monotonic() + _SHARE * _seconds_left()
        self._languages = ""
        self.late = False

    def read(self, picture: bytes, page: Page, *options: str) -> list[Section] | None:
        """The blocks of a page; none where it has no words, None where it could not be read.

        Args:
            picture: In a format that leptonica knows.
            page: The facts that the sections get; its size is that of the picture.
            options: More of tesseract's own.
        """
        languages = self._installed()
        table = self._run(picture, "stdin", "stdout", "-l", languages, *options, "tsv")
        return None if table is None else _sections(table, page)

    def _installed(self) -> str:
        """The languages that are installed; of very many English alone, tesseract's own choice."""
        if not self._languages:
            listed = (self._run(b"", "--list-langs") or "").splitlines()[1:]
            names = [name for name in listed if name not in _NO_LANGUAGES and "/" not in name]
            few = 0 < len(names) <= _MOST_LANGUAGES
            self._languages = "+".join(names) if few else _DEFAULT
        return self._languages

    def _run(self, given: bytes, *arguments: str) -> str | None:
        left = self._deadline - time.monotonic()
        if self.late or left < _LEAST:
            self.late = True
            return None
        process = subprocess.Popen(  # noqa: S603 - the program of that name on the path
            [self._program, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | _ONE_THREAD,
        )
        _limit_time(process.pid, left)
        try:
            said, _ = process.communicate(given, timeout=left)
        except subprocess.TimeoutExpired:
            self.late = True
            return None
        finally:
            if process.poll() is None:
                process.kill()
                process.communicate()
        return (
            clean_text(said.decode("utf-8", errors="replace")) if not process.returncode else None
        )


def tesseract() -> Tesseract | None:
    """The program, None where it is not installed."""
    program = shutil.which(_PROGRAM)
    return Tesseract(program) if program else None


def is_installed() -> bool:
    """Whether pictures of pages can be read."""
    return shutil.which(_PROGRAM) is not None


def _seconds_left() -> float:
    """Of the processor time that this process may take for its item."""
    if sys.platform == "win32":
        return _SECONDS
    return signal.getitimer(signal.ITIMER_PROF)[0] or _SECONDS


def _limit_time(process: int, seconds: float) -> None:
    """Should this process be killed, the other must not go on for ever."""
    if sys.platform == "linux":
        import resource

        limit = int(seconds) + 1
        try:
            resource.prlimit(process, resource.RLIMIT_CPU, (limit, limit))
        except ProcessLookupError:  # it is done already
            return


# ---------------------------------------------------------------- its table


def _sections(table: str, page: Page) -> list[Section]:
    rows = [row.split("\t") for row in table.splitlines()[1:]]
    whole = [row for row in rows if len(row) == _COLUMNS and row[0] == _PAGE]
    size = scanned.size(whole[0][8], whole[0][9]) if whole else None
    blocks: dict[str, dict[str, dict[str, list[Sequence[str]]]]] = {}
    for row in rows:
        if len(row) == _COLUMNS and row[0] == _WORD and scanned.one_line(row[11]):
            _, _, block, paragraph, line = row[:5]
            lines = blocks.setdefault(block, {}).setdefault(paragraph, {})
            lines.setdefault(line, []).append(row)
    facts = Page(start=0, end=0, index=page.index, label=page.label, image=page.image, size=size)
    made = (
        scanned.section([list(_lines(lines)) for lines in paragraphs.values()], facts)
        for paragraphs in blocks.values()
    )
    return [section for section in made if section]


def _lines(lines: dict[str, list[Sequence[str]]]) -> Iterator[scanned.Line]:
    for words in lines.values():
        text = ""
        places = []
        for row in words:
            word = scanned.one_line(row[11])
            start = len(text) + bool(text)
            text = f"{text} {word}" if text else word
            box = scanned.box([scanned.number(value) for value in row[6:10]])
            sure = scanned.confidence(row[10], of=100.0)
            places.append(Place(start=start, end=len(text), box=box, confidence=sure))
        yield scanned.line(text, places)
