"""The page that tells what the assistant answers for: docs/responsibility*.md, as they stand."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import Response

from rag_assistant.config import Settings, resource
from rag_assistant.web.components.markup import Html, tag
from rag_assistant.web.pages.plain import PlainPages
from rag_assistant.wording import ENGLISH, say, spoken

ADDRESS = "/responsibility"


class ResponsibilityPage:
    """Serves the document. It is ours, and still holds no HTML but what Markdown makes."""

    def __init__(self, settings: Settings) -> None:
        self._pages = PlainPages(settings)
        self._made: dict[str, tuple[str, Html]] = {}

    def router(self) -> APIRouter:
        """The route."""
        router = APIRouter(include_in_schema=False)
        router.add_api_route(ADDRESS, self.read)
        return router

    def read(self, request: Request) -> Response:
        """The document as a page, in the reader's language."""
        language = spoken()
        if language not in self._made:
            self._made[language] = rendered(document(language).read_text("utf-8"))
        title, body = self._made[language]
        return self._pages.page(
            title,
            tag("div", _folded(body), class_="responsibility"),
            heading=tag("h1", title),
        )


def document(language: str) -> Path:
    """Where the document stands in one of the languages of the pages."""
    middle = "" if language == ENGLISH else f".{language}"
    return resource("docs", f"responsibility{middle}.md")


def _folded(body: Html) -> Html:
    """The document with its tables of tests folded."""
    summary = tag("summary", say("The tests that show it"))
    opened = body.replace("<table>", f"<details>{summary}<table>")
    return Html(opened.replace("</table>", "</table></details>"))


def rendered(text: str) -> tuple[str, Html]:
    """The document's title, and the rest of it as HTML; HTML in it is text."""
    from markdown_it import MarkdownIt

    first, _, rest = text.partition("\n")
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    return first.removeprefix("# "), Html(parser.render(rest))
