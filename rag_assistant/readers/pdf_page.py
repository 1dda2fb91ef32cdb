"""What a PDF's page shows: its text without what lies beside it, is too small, or has no colour.

Text that is not drawn over a picture is how scans carry what a machine read from them: it stays,
and is told apart. Whether pale text can be read is judged by the page as it is drawn.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rag_assistant.readers.charset import clean_text

if TYPE_CHECKING:
    from pypdfium2 import PdfPage, PdfTextPage

# PDFium puts U+FFFE for the hyphen at a line's end and swallows the line's end. The page shows a
# hyphen and a new line, so these are stored; joining the word is left to the indexes.
_LINE_END_HYPHEN = "\ufffe"

_UNDRAWN = (3, 7)  # text render modes
_FILLED = (0, 4)
_TINY = 1.5  # points; the smallest print is about 3
_PALE = 235  # of 255
_CLEAR = 12  # of 255: an opacity below this shows nothing
_CONTRAST = 24  # of 255
_AROUND = 0.2  # the share of a text's box that must differ from the text's colour
_MOST_PIXELS = 4_000_000
_SCALE = 2.0
_DEEPEST = 4
_SCAN_SCALE = 300 / 72  # dots for each point; what machines read best
_MOST_SCANNED = 16_000_000

_Box = tuple[float, float, float, float]  # left, bottom, right, top in points
_Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class PageText:
    """A page's text.

    ``unseen`` says that some of it is not drawn, ``left_out`` that hidden text was left out,
    ``unjudged`` that the page could not be looked at, so that all of its text stayed.
    """

    text: str
    unseen: bool = False
    left_out: bool = False
    unjudged: bool = False


@dataclass(slots=True, kw_only=True)
class _Run:
    """Characters ``start``..``end`` of one text object, with the boxes of those that have one."""

    start: int
    end: int
    address: int
    boxes: list[_Box]


def shown_text(page: PdfPage) -> PageText:
    """The text that a page shows.

    Raises:
        PdfiumError: It gives no text at all.
    """
    textpage = page.get_textpage()
    try:
        runs = list(_runs(textpage))
        judge = _Judge(page, textpage)
        hidden = judge.hidden(runs)
        text = "".join(
            textpage.get_text_range(first, last - first, errors="replace")
            for first, last in _kept(runs, hidden)
        )
        return PageText(
            text=clean_text(text.replace(_LINE_END_HYPHEN, "-\n")),
            unseen=judge.unseen,
            left_out=any(hidden),
            unjudged=judge.failed,
        )
    finally:
        textpage.close()


def is_empty(page: PdfPage) -> bool:
    """Whether nothing at all is drawn on the page."""
    return next(page.get_objects(max_depth=1), None) is None


def picture(page: PdfPage) -> bytes:
    """The page as it is drawn, for a machine that reads pictures (PGM).

    Raises:
        PdfiumError: It cannot be drawn.
    """
    width, height = page.get_size()
    scale = min(_SCAN_SCALE, (_MOST_SCANNED / max(width * height, 1.0)) ** 0.5)
    bitmap = page.render(scale=scale, grayscale=True)
    pixels = bitmap.to_numpy().reshape(bitmap.height, bitmap.width, -1)[:, :, 0]
    drawn: bytes = pixels.tobytes()
    return b"P5 %d %d 255\n" % (bitmap.width, bitmap.height) + drawn


def _runs(textpage: PdfTextPage) -> Iterator[_Run]:
    """The page's characters by text object; spaces that PDFium puts in belong to the one before."""
    import pypdfium2.raw as pdfium

    run: _Run | None = None
    box = pdfium.FS_RECTF()
    for index in range(textpage.count_chars()):
        handle = pdfium.FPDFText_GetTextObject(textpage, index)
        address = ctypes.addressof(handle.contents) if handle else 0
        if run is None or (address and address != run.address):
            if run is not None:
                yield run
            run = _Run(start=index, end=index, address=address, boxes=[])
        run.end = index + 1
        if address and pdfium.FPDFText_GetLooseCharBox(textpage, index, box):
            run.boxes.append((box.left, box.bottom, box.right, box.top))
    if run is not None:
        yield run


def _kept(runs: Sequence[_Run], hidden: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """The stretches of characters that stay, neighbours as one."""
    start = end = 0
    for run, gone in zip(runs, hidden, strict=True):
        if gone or run.start != end:
            if end > start:
                yield start, end
            start = run.end if gone else run.start
        end = run.end
    if end > start:
        yield start, end


class _Judge:
    """Tells which text of a page is hidden; the page is drawn only where it must be."""

    def __init__(self, page: PdfPage, textpage: PdfTextPage) -> None:
        self.unseen = False
        self.failed = False
        self._page = page
        self._textpage = textpage
        self._bounds: _Box = (0.0, 0.0, 0.0, 0.0)
        self._drawn: tuple[_Pixels, Any] | None = None
        self._pictures: list[_Box] | None = None

    def hidden(self, runs: Sequence[_Run]) -> list[bool]:
        """Whether a reader of the page cannot see each text; none where PDFium fails to tell."""
        import pypdfium2

        try:
            self._bounds = self._page.get_bbox()
            return [self._hides(run) for run in runs]
        except pypdfium2.PdfiumError:
            self.failed = True
            return [False] * len(runs)

    def _hides(self, run: _Run) -> bool:
        if not run.boxes:
            return False
        if self._is_outside(run) or _is_tiny(run):
            return True
        import pypdfium2.raw as pdfium

        handle = pdfium.FPDFText_GetTextObject(self._textpage, run.start)
        mode = pdfium.FPDFTextObj_GetTextRenderMode(handle)
        if mode in _UNDRAWN:
            over_picture = self._is_over_picture(run)
            self.unseen = self.unseen or over_picture
            return not over_picture
        return mode in _FILLED and self._has_no_colour(run)

    def _is_outside(self, run: _Run) -> bool:
        left, bottom, right, top = self._bounds
        return not any(
            one[2] > left and one[0] < right and one[3] > bottom and one[1] < top
            for one in run.boxes
        )

    def _is_over_picture(self, run: _Run) -> bool:
        if self._pictures is None:
            self._pictures = list(_pictures(self._page, self._bounds))
        middle = [((one[0] + one[2]) / 2, (one[1] + one[3]) / 2) for one in run.boxes]
        return any(
            left <= x <= right and bottom <= y <= top
            for left, bottom, right, top in self._pictures
            for x, y in middle
        )

    def _has_no_colour(self, run: _Run) -> bool:
        """Whether the text is clear, or so pale that the page behind it must be looked at."""
        import pypdfium2.raw as pdfium

        red, green, blue, opacity = (ctypes.c_uint() for _ in range(4))
        colour = (red, green, blue, opacity)
        if not pdfium.FPDFText_GetFillColor(self._textpage, run.start, *colour):
            return False
        if opacity.value < _CLEAR:
            return True
        channels = [one.value for one in (red, green, blue)]
        return min(channels) >= _PALE and not self._stands_out(run, sum(channels) / 3)

    def _stands_out(self, run: _Run, level: float) -> bool:
        if self._drawn is None:
            self._drawn = _drawn(self._page)
        pixels, places = self._drawn
        other = total = 0
        for left, bottom, right, top in run.boxes:
            corners = [places.to_bitmap(x, y) for x, y in ((left, bottom), (right, top))]
            (x1, x2), (y1, y2) = (
                sorted(max(0, one) for one in axis) for axis in zip(*corners, strict=True)
            )
            part = pixels[y1 : y2 + 1, x1 : x2 + 1].astype(np.int16)
            other += int((np.abs(part - level) > _CONTRAST).sum())
            total += part.size
        return total > 0 and other >= _AROUND * total


def _is_tiny(run: _Run) -> bool:
    """Whether no character is as large as the smallest print, whichever way it is turned."""
    return all(max(one[2] - one[0], one[3] - one[1]) < _TINY for one in run.boxes)


def _pictures(page: PdfPage, bounds: _Box) -> Iterator[_Box]:
    """Where pictures lie; one inside a form may lie anywhere on the page."""
    import pypdfium2.raw as pdfium

    for item in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=_DEEPEST):
        yield item.get_bounds() if item.level == 0 else bounds


def _drawn(page: PdfPage) -> tuple[_Pixels, Any]:
    """The page in shades of grey, and where its points lie in them."""
    width, height = page.get_size()
    scale = min(_SCALE, (_MOST_PIXELS / max(width * height, 1.0)) ** 0.5)
    bitmap = page.render(scale=scale, grayscale=True, may_draw_forms=False, draw_annots=False)
    pixels: _Pixels = bitmap.to_numpy().reshape(bitmap.height, bitmap.width, -1)[:, :, 0].copy()
    return pixels, bitmap.get_posconv(page)
