"""The shell of the pages beside the desk: plain HTML without any script."""

from __future__ import annotations

from collections.abc import AsyncIterator

from fastapi import Request
from fastapi.responses import HTMLResponse, Response

from rag_assistant.config import Settings
from rag_assistant.errors import RagAssistantError
from rag_assistant.schema import Audience
from rag_assistant.web import retention
from rag_assistant.web.api import problems
from rag_assistant.web.components.markup import Html, join, link, tag
from rag_assistant.web.components.ours import ours, site, theme, wearing
from rag_assistant.wording import asked_for, say, speaking, spoken

_PAGE = """<!doctype html>
<html lang="{lang}"{theme}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{title}</title>
<link rel="icon" href="/web/icon.svg">
<link rel="stylesheet" href="/web/palette.css">
<link rel="stylesheet" href="/web/style.css">
<link rel="stylesheet" href="/web/finding.css">
</head>
<body class="{name}">
{body}
</body>
</html>
"""


class PlainPages:
    """Makes pages of one site.

    Args:
        settings: The site's name, which heads the way back to the desk, and what is kept of
            questions, which every page tells.
    """

    def __init__(self, settings: Settings) -> None:
        self._web = settings.web
        self._kept = settings.retention

    def page(self, title: str, content: Html, *, heading: Html | None = None) -> Response:
        """A page; ``heading`` stands where the title needs more than its words."""
        return self._made(title, heading or tag("h1", title), content)

    def wide(self, title: str, content: Html, *, heading: Html) -> Response:
        """A page with room for two columns."""
        return self._made(title, heading, content, name="plain wide")

    def told(self, title: str, words: str, *, status: int) -> Response:
        """A page that says why there is no other."""
        return self._made(title, tag("h1", title), tag("p", words), status=status)

    def problem(self, audience: Audience, error: RagAssistantError) -> Response:
        """An error, in words for who asks."""
        words = problems.told_to(audience, error).message
        return self.told(say("Not here"), words, status=problems.status_of(error))

    def _made(
        self, title: str, heading: Html, content: Html, *, status: int = 200, name: str = "plain"
    ) -> Response:
        named = site(self._web)
        back = tag("nav", link(ours("/"), f"← {named}"), class_="back")
        kept = retention.notice(self._kept)
        told = tag("footer", tag("p", kept)) if kept else ""
        body = join(back, tag("main", heading, content), told)
        words = join(f"{title} – {named}")
        worn = f' data-theme="{theme()}"' if theme() else ""
        page = _PAGE.format(lang=spoken(), title=words, name=name, body=body, theme=worn)
        headers = {"Vary": "Accept-Language"}
        return HTMLResponse(page, status_code=status, headers=headers)


async def dressed(request: Request) -> AsyncIterator[None]:
    """A dependency of routers of plain pages: how they look, and the language that they speak.

    The colours are those that ``?theme=`` asks for; the language that of ``?lang=``, else what
    the browser asks for.
    """
    asked = request.query_params
    language = asked_for(asked.get("lang", ""), request.headers.get("accept-language", ""))
    with wearing(asked.get("theme", "")), speaking(language):
        yield
