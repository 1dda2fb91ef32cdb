"""HTML that can hold only what is listed here: text is escaped, names and addresses are checked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from urllib.parse import urlsplit

from rag_assistant.web.components.bidi import balanced

_ANYWHERE = frozenset({"class", "id", "lang", "dir", "aria-hidden", "aria-label"})
_ALLOWED: dict[str, frozenset[str]] = {
    name: _ANYWHERE
    for name in (
        *("article", "section", "header", "footer", "main", "nav", "div", "span"),
        *("h1", "h2", "h3", "h4", "p", "br", "blockquote", "mark", "del", "ins", "cite", "strong"),
        *("em", "ul", "dl", "dt", "dd", "details", "summary", "bdi", "figure", "figcaption"),
        *("table", "caption", "thead", "tbody", "tr", "td", "kbd", "label", "noscript"),
    )
} | {
    "a": _ANYWHERE | {"href", "rel", "target", "title", "hreflang", "aria-current"},
    "button": _ANYWHERE | {"type", "value", "title", "data-does", "aria-haspopup", "aria-pressed"},
    "dialog": _ANYWHERE | {"role", "aria-labelledby", "aria-describedby"},
    "form": _ANYWHERE | {"action", "method"},
    "img": _ANYWHERE | {"src", "alt"},
    "li": _ANYWHERE | {"tabindex"},
    "ol": _ANYWHERE | {"start"},
    "option": _ANYWHERE | {"value", "selected"},
    "p": _ANYWHERE | {"role"},
    "select": _ANYWHERE | {"data-does"},
    "span": _ANYWHERE | {"title", "role", "hidden"},
    "textarea": _ANYWHERE | {"rows", "autocomplete"},
    "time": _ANYWHERE | {"datetime"},
    "th": _ANYWHERE | {"scope"},
}
_VOID = frozenset({"br", "img"})
_SCHEMES = frozenset({"http", "https"})
_MAIL = re.compile(r"mailto:[\w.+-]+@[\w-]+(\.[\w-]+)+", re.ASCII)  # without subject or body
_SPACE = 0x20
_PLACES = re.compile(r"\{(\w+)\}")


class Html(str):
    """Markup made by `tag`; any other string is text."""

    __slots__ = ()


def text(words: str) -> Html:
    """Words as markup.

    Line ends become references, so that the result stands on one line: what shows it reads
    blank lines as Markdown.
    """
    return Html(escape(words).replace("\r", "&#13;").replace("\n", "&#10;"))


def join(*parts: str) -> Html:
    """Parts in a row; what is not `Html` is escaped."""
    return Html("".join(part if isinstance(part, Html) else text(part) for part in parts))


def tag(name: str, *children: str, **attributes: str | None) -> Html:
    """An element.

    Args:
        name: Its name.
        *children: What it holds; what is not `Html` is escaped.
        **attributes: Its attributes, without those that are None or empty; ``class_`` means
            "class", and an underscore inside a name means a hyphen.

    Raises:
        ValueError: The element or an attribute is not listed, or an address is not safe.
    """
    if name not in _ALLOWED:
        raise ValueError(f"element '{name}' is not allowed")
    opening = name
    for key, value in attributes.items():
        attribute = key.rstrip("_").replace("_", "-")
        if attribute not in _ALLOWED[name]:
            raise ValueError(f"attribute '{attribute}' of '{name}' is not allowed")
        if attribute == "href" and not (value and is_safe(value)):
            raise ValueError("an address must lead to a web page, a mailbox or into our own")
        if attribute == "src" and not (value and is_own(value)):
            raise ValueError("a picture must be one of ours")
        if attribute == "action" and not (value and is_own(value)):
            raise ValueError("what is sent goes to nobody but us")
        if attribute == "type" and value not in ("button", "submit"):
            raise ValueError("a button does nothing but be pressed, or send its form")
        if value:
            opening += f' {attribute}="{text(value)}"'
    if name in _VOID:
        return Html(f"<{opening}>")
    return Html(f"<{opening}>{join(*children)}</{name}>")


def link(url: str, *children: str, **attributes: str | None) -> Html:
    """A link, or only what it would say where the address is not safe."""
    if not is_safe(url):
        return join(*children)
    return tag("a", *children, href=url, rel="noopener noreferrer", **attributes)


def foreign(words: str, **attributes: str | None) -> Html:
    """Words of others: whatever direction they are written in, those around them keep theirs."""
    return tag("bdi", balanced(words), **attributes)


def hidden(words: str) -> Html:
    """Words for those who listen."""
    return tag("span", words, class_="visually-hidden")


def spaced(parts: Sequence[Html]) -> list[Html]:
    """Parts with a space between each two."""
    return between(" ", parts)


def between(words: str, parts: Sequence[Html]) -> list[Html]:
    """Parts with these words between each two."""
    return [one for part in parts for one in (text(words), part)][1:]


def woven(said: str, **parts: str) -> Html:
    """Words with markup in their ``{places}``, which each language puts where it likes."""
    woven_in: list[str] = []
    for at, part in enumerate(_PLACES.split(said)):
        woven_in.append(parts.get(part, "") if at % 2 else part)
    return join(*woven_in)


def lang_of(code: str) -> str | None:
    """A language for the ``lang`` attribute, none where it is not known."""
    return None if code in ("", "und") else code


def is_own(url: str) -> bool:
    """Whether an address is a path of ours."""
    return url.startswith("/") and not url.startswith("//") and is_safe(url)


def is_safe(url: str) -> bool:
    """Whether an address is a web page's, a mailbox, a path of ours, or a place on the page."""
    if _MAIL.fullmatch(url):
        return True
    if any(ord(character) <= _SPACE for character in url) or "\\" in url:
        return False
    if url.startswith("#") or (url.startswith("/") and not url.startswith("//")):
        return True
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in _SCHEMES and bool(parts.netloc)
