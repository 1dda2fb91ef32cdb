"""What a reader of a page would not see is removed from it, as far as its own file tells.

``aria-hidden`` is no sign: it hides from screen readers. A linked style sheet is not known, so that
on pages with one a colour behind text is believed only where no class or id could bring another.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rag_assistant.readers import unseen
from rag_assistant.readers.style_sheets import CUT, MAY

if TYPE_CHECKING:
    from lxml.html import HtmlElement

# What stands in the media and frames is shown by browsers that know neither: there are none left.
_HIDDEN_TAGS = frozenset(
    {
        "script", "style", "template", "noscript", "datalist", "noframes", "noembed", "iframe",
        "audio", "video", "canvas",
    }
)  # fmt: skip
_NEVER_HIDDEN = frozenset({"html", "body"})  # scripts that guard against framing show these again
_OWN_GROUND = frozenset({"button", "input", "select", "textarea"})  # browsers paint behind these
_ZERO = re.compile(r"[+-]?(?:0+(?:\.0*)?|\.0+)[a-z%]*")
_TINY = re.compile(r"(?:0*1(?:\.0*)?|0*\.\d+|0+\.\d+)(?:px|pt)|0*\.0\d*r?em|0*[1-5](?:\.\d*)?%")
_FONT_SIZE = re.compile(r"(?:^|\s)([\d.]+(?:[a-z]+|%)?)\s*(?:/\s*\S+\s*)?\s\S")
_RELATIVE = re.compile(r"[\d.]+(?:em|ex|ch|%)|inherit|unset|smaller|larger")
_FAR_OFF = re.compile(r"-\d{4,}(\.\d+)?(px)?|-\d{3,}(\.\d+)?(em|rem|%|vw|vh)")
_NO_CLIP = re.compile(r"rect\(\s*([01](px)?[\s,]*){4}\)|inset\(\s*(50|100)%\s*\)|circle\(0\D*\)")
_NO_SCALE = re.compile(r"scale(?:3d|x|y)?\(\s*0+(?:\.0*)?\s*[,)]")
_PIXEL = re.compile(r"[01](?:\.\d*)?(?:px)?")
_COLOUR = re.compile(r"#[0-9a-f]{3,8}\b|rgba?\([^)]*\)|[a-z]+(?![\w(-])")
_NUMBER = re.compile(r"\d+(?:\.\d+)?|\.\d+")
_HEX = re.compile(r"[0-9a-f]{6}")
_NAMED = {
    "white": "ffffff", "black": "000000", "snow": "fffafa", "ivory": "fffff0",
    "ghostwhite": "f8f8ff", "whitesmoke": "f5f5f5", "floralwhite": "fffaf0",
}  # fmt: skip
_PAPER = "ffffff"
_ALIKE = 16  # of 255 in each channel
_WORD = re.compile(r"[\u3040-\u9fff]|[^\W\u3040-\u9fff]+")
_WORDS_OF_PROSE = 5


@dataclass(frozen=True, slots=True)
class _Look:
    """What elements inherit. Colours are six hexadecimal digits or a name; "" is not known."""

    text: str
    ground: str
    tiny: bool = False
    invisible: bool = False


@dataclass(slots=True)
class _Found:
    """How many words were dropped, and whether some stay that their styles may hide."""

    words: int = 0
    doubtful: bool = False

    def drop(self, text: str | None) -> None:
        self.words += len(_WORD.findall(text or ""))


def drop_hidden(tree: HtmlElement) -> tuple[str, ...]:
    """Remove what the page hides.

    Returns:
        Notes (see `unseen`): prose of the page was left out (scripts, and what stands in for them
        and for media, are none), or prose stays that its styles may hide: it is white on what is
        not known, faded or folded until a script shows it, or hidden by one rule and shown by
        another that is followed at times.
    """
    linked = any(map(_links_a_sheet, tree.iter("link", "style")))
    found = _Found(doubtful=CUT in _declarations(tree.get("style") or ""))
    for element in list(filter(_is_no_prose, tree.iter())):
        _drop(element)
    # The innermost go first, so that each word is counted once.
    for element in reversed(list(filter(_is_hidden, tree.iter()))):
        found.drop(element.text_content())
        _drop(element)
    _drop_unreadable(tree, found, linked=linked)
    left_out = found.words >= _WORDS_OF_PROSE
    said = ((found.doubtful, unseen.DOUBTFUL), (left_out, f"{unseen.LEFT_OUT}the page"))
    return tuple(note for holds, note in said if holds)


def _drop(element: HtmlElement) -> None:
    if element.getparent() is not None:
        element.drop_tree()


def _links_a_sheet(element: HtmlElement) -> bool:
    if element.tag == "style":
        return "@import" in (element.text or "").lower()
    return "stylesheet" in (element.get("rel") or "").lower() or element.get("as") == "style"


def _is_no_prose(element: HtmlElement) -> bool:
    return not isinstance(element.tag, str) or element.tag in _HIDDEN_TAGS  # a comment is no str


def _is_hidden(element: HtmlElement) -> bool:
    """Whether nothing inside an element is shown, whatever it says of itself."""
    if element.tag in _NEVER_HIDDEN:
        return False
    if "hidden" in element.attrib or (element.tag == "dialog" and "open" not in element.attrib):
        return True
    style = _declarations(element.get("style") or "")
    undisplayed = style.get("display") == "none" and f"{MAY}display" not in style
    return undisplayed or _is_out_of_sight(style)


def _declarations(style: str) -> dict[str, str]:
    """The last value of each property; what may be goes where something stronger comes after."""
    said: dict[str, str] = {}
    for part in style.lower().split(";"):
        name, _, value = part.partition(":")
        said[name.strip()] = value.replace("!important", "").strip()
        said.pop(MAY + name.strip(), None)
    return said


def _is_tiny(style: dict[str, str], *, inherited: bool, prefix: str = "") -> bool:
    shorthand = _FONT_SIZE.search(style.get(f"{prefix}font", ""))
    size = style.get(f"{prefix}font-size") or (shorthand[1] if shorthand else "")
    if _ZERO.fullmatch(size) or _TINY.fullmatch(size):
        return True
    return inherited and (not size or bool(_RELATIVE.fullmatch(size)))


def _is_invisible(style: dict[str, str], *, inherited: bool, prefix: str = "") -> bool:
    said = style.get(f"{prefix}visibility", "")
    return said in ("hidden", "collapse") or (inherited and said in ("", "inherit", "unset"))


def _is_out_of_sight(style: dict[str, str]) -> bool:
    """Moved off the page, or cut to nothing."""
    if _FAR_OFF.fullmatch(style.get("text-indent", "")):
        return True
    if style.get("position") in ("absolute", "fixed"):
        sides = (style.get(side, "") for side in ("left", "top", "right", "bottom"))
        if any(map(_FAR_OFF.fullmatch, sides)) or _NO_CLIP.search(style.get("clip", "")):
            return True
    if _NO_CLIP.search(style.get("clip-path", "")) or _NO_SCALE.search(style.get("transform", "")):
        return True
    extents = (style.get(name, "") for name in ("height", "width"))
    return style.get("overflow") in ("hidden", "clip") and any(map(_PIXEL.fullmatch, extents))


# ---------------------------------------------------------------- text by what it inherits


def _drop_unreadable(tree: HtmlElement, found: _Found, *, linked: bool) -> None:
    """Remove words of no size, unseen, or in the colour of what lies behind them.

    What is inside may have another look, and stays.
    """
    looks: dict[HtmlElement, _Look] = {}
    for element in tree.iter():
        parent = looks.get(element.getparent(), _Look("", "" if linked else _PAPER))
        said = element.get("style")
        style = _declarations(said) if said else {}
        look = _coloured(element, style, parent, linked=linked)
        looks[element] = look = _sized(element, style, parent, look, found)
        if look.tiny or look.invisible or _is_colourless(look):
            _drop_own_text(element, found)
        elif not found.doubtful:
            white = not look.ground and _alike(look.text, _PAPER)
            folded = any(_ZERO.fullmatch(style.get(one, "")) for one in ("opacity", "max-height"))
            found.doubtful = (white or folded) and _is_prose(element.text_content())


def _is_colourless(look: _Look) -> bool:
    return look.text == "transparent" or _alike(look.text, look.ground)


def _is_prose(text: str) -> bool:
    return len(_WORD.findall(text)) >= _WORDS_OF_PROSE


def _drop_own_text(element: HtmlElement, found: _Found) -> None:
    found.drop(element.text)
    element.text = None
    for child in element:
        found.drop(child.tail)
        child.tail = None


def _sized(
    element: HtmlElement, style: dict[str, str], parent: _Look, look: _Look, found: _Found
) -> _Look:
    """The look with size and visibility; a rule that may show the element makes it doubtful."""
    if element.tag in _NEVER_HIDDEN:
        return replace(look, tiny=False, invisible=False)
    tiny = _is_tiny(style, inherited=parent.tiny)
    invisible = _is_invisible(style, inherited=parent.invisible)
    shown = replace(
        look,
        tiny=tiny and _is_tiny(style, inherited=True, prefix=MAY),
        invisible=invisible and _is_invisible(style, inherited=True, prefix=MAY),
    )
    kept = style.get("display") == "none"  # what surely is, is gone
    if kept or (tiny, invisible) != (shown.tiny, shown.invisible):
        found.doubtful = True
    return shown


def _coloured(element: HtmlElement, style: dict[str, str], parent: _Look, *, linked: bool) -> _Look:
    if not element.attrib and element.tag not in _OWN_GROUND:
        return parent
    ground = _ground(element, style)
    if ground is None:
        named = "class" in element.attrib or "id" in element.attrib
        afloat = style.get("position") in ("absolute", "fixed") or element.tag in _OWN_GROUND
        ground = "" if afloat or (linked and named) else parent.ground
    said = style.get("color") or _attribute(element, "text" if element.tag == "body" else "color")
    text = "" if element.tag == "a" and "href" in element.attrib else parent.text
    if said and said != "inherit":
        text = _colour(said)
    through = style.get("background-clip") or style.get("-webkit-background-clip")
    if through == "text" or "text-shadow" in style or "-webkit-text-fill-color" in style:
        text = ""
    return _Look(text, ground)


def _ground(element: HtmlElement, style: dict[str, str]) -> str | None:
    """The colour behind an element; None where it lets through what is behind it."""
    if style.get("background-image", "none") != "none" or "background" in element.attrib:
        return ""
    said = style.get("background-color") or style.get("background")
    said = said or _attribute(element, "bgcolor")
    if not said or said in ("none", "inherit", "initial", "unset", "0"):
        return None
    if "gradient" in said or "var(" in said or ("url(" in said and not _COLOUR.match(said)):
        return ""
    colour = _colour(said)
    return None if colour == "transparent" else colour


def _attribute(element: HtmlElement, name: str) -> str:
    """A colour as pages of the nineties say it, with or without its sign."""
    value = (element.get(name) or "").strip().lower()
    return f"#{value}" if _HEX.fullmatch(value) else value


def _colour(value: str) -> str:
    """A colour in one spelling, "" where none is named."""
    match = _COLOUR.match(value)
    if not match:
        return ""
    name = match[0]
    if name.startswith("#"):
        digits = name[1:]
        return "".join(2 * d for d in digits[:3]) if len(digits) < len("rrggbb") else digits[:6]
    if name.startswith("rgb"):
        *channels, opacity = [float(n) for n in _NUMBER.findall(f"{name} 1")][:4]
        return "".join(f"{int(min(c, 255)):02x}" for c in channels) if opacity else "transparent"
    return _NAMED.get(name, name)


def _alike(first: str, second: str) -> bool:
    """Whether two known colours are one to the eye."""
    if not (_HEX.fullmatch(first) and _HEX.fullmatch(second)):
        return bool(first) and first == second
    pairs = zip(bytes.fromhex(first), bytes.fromhex(second), strict=True)
    return all(abs(one - other) <= _ALIKE for one, other in pairs)
