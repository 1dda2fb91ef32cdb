"""The page that tells what the assistant answers for: docs/responsibility.md, as it stands."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from rag_assistant.config import Settings, resource
from rag_assistant.web.components.markup import Html, tag
from rag_assistant.web.pages.plain import PlainPages
from rag_assistant.wording import say, spoken

ADDRESS = "/responsibility"
_WRITTEN_IN = "en"


class ResponsibilityPage:
    """Serves the document. It is ours, and still holds no HTML but what Markdown makes."""

    def __init__(self, settings: Settings) -> None:
        self._pages = PlainPages(settings)
        self._made: tuple[str, Html] | None = None

    def router(self) -> APIRouter:
        """The route."""
        router = APIRouter(include_in_schema=False)
        router.add_api_route(ADDRESS, self.read)
        return router

    def read(self, request: Request) -> Response:
        """The document as a page."""
        if self._made is None:
            self._made = rendered(resource("docs", "responsibility.md").read_text("utf-8"))
        title, body = self._made
        return self._pages.page(
            title,
            tag("div", _folded(body), class_="responsibility", lang=_WRITTEN_IN),
            heading=tag("h1", title, lang=_WRITTEN_IN),
        )


def _folded(body: Html) -> Html:
    """The document with its tables of tests folded."""
    summary = tag("summary", say("The tests that show it"), lang=spoken())
    opened = body.replace("<table>", f"<details>{summary}<table>")
    return Html(opened.replace("</table>", "</table></details>"))


def rendered(document: str) -> tuple[str, Html]:
    """The document's title, and the rest of it as HTML; HTML in it is text."""
    from markdown_it import MarkdownIt

    first, _, rest = document.partition("\n")
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    return first.removeprefix("# "), Html(parser.render(rest))
