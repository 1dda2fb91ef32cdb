"""What stands around Gradio's part of the desk, and the strict page that carries it."""

from __future__ import annotations

import json
import re

import pytest
from starlette.requests import Request

from rag_assistant.config import HelpSettings, WebSettings
from rag_assistant.web.components.markup import Html, tag
from rag_assistant.web.components.ours import known_theme, ours, wearing
from rag_assistant.web.desk import keys
from rag_assistant.web.desk.entrance import choose
from rag_assistant.web.desk.frame import Frame
from rag_assistant.web.doors.strict import Dressing, rewritten
from rag_assistant.wording import speaking

HELP = HelpSettings(label="the reading room", url="https://library.example.org/help")
TABS = ("ask", "check")


def frame(help: HelpSettings = HELP, tabs: tuple[str, ...] = TABS, **web: object) -> Frame:
    return Frame(web=WebSettings.model_validate(web), help=help, tabs=tabs)


def words_of(html: str) -> dict[str, object]:
    """The data for the scripts."""
    found = re.search(r'<script type="application/json" id="desk-words">(.*?)</script>', html)
    assert found
    known: dict[str, object] = json.loads(found[1])
    return known


# ---------------------------------------------------------------- the frame


def test_the_notice_says_what_this_is_and_whom_to_ask() -> None:
    html = frame().html("public")
    assert "This is a machine." in html
    assert "may be wrong" in html
    assert '<a href="https://library.example.org/help"' in html
    assert "ask the staff" in frame(HelpSettings()).html("public")


def test_only_the_staff_can_sign_out() -> None:
    public, staff = frame().html("public"), frame().html("staff")
    assert '<a href="/sign-in"' in public
    assert "/sign-out" not in public
    assert '<form action="/sign-out" method="post">' in staff
    assert "/sign-in" not in staff


def test_a_title_is_text() -> None:
    html = frame(title="<img src=x onerror=alert(1)></script>").html("public")
    assert "<img" not in html
    assert "&lt;img" in html


def test_keys_are_those_of_the_tabs_that_there_are() -> None:
    few, all_of_them = frame().html("public"), frame(tabs=("ask", "search", "check")).html("public")
    assert "s" not in words_of(few)["keys"]  # type: ignore[operator]
    assert words_of(all_of_them)["keys"]["s"] == "tab:search"  # type: ignore[index]
    assert "<kbd>s</kbd>" not in few
    assert "<kbd>s</kbd>" in all_of_them
    assert len({one.key for one in keys.KEYS}) == len(keys.KEYS)


def test_a_public_computer_warns_before_it_is_cleared() -> None:
    assert "idle-dialog" not in frame().html("public")
    html = frame(public_computer=True).html("public")
    assert "This page will be cleared in 30 seconds." in html
    assert 'role="alertdialog"' in html
    assert (words_of(html)["idleSeconds"], words_of(html)["warnedSeconds"]) == (300, 30)
    quick = words_of(frame(public_computer=True, idle_minutes=0.1).html("public"))
    assert quick["warnedSeconds"] < quick["idleSeconds"]  # type: ignore[operator]


def test_the_other_languages_keep_the_colours() -> None:
    with speaking("de"), wearing("dark"):
        html = frame().html("public")
    assert '<a href="/fr/?theme=dark" lang="fr" hreflang="fr">Français</a>' in html
    assert 'lang="de" hreflang="de" aria-current="true"' in html
    assert '<a href="/collections?lang=de&amp;theme=dark"' in html
    assert '<option value="dark" selected="selected">' in html


# ---------------------------------------------------------------- addresses of ours


def test_ours_keeps_what_is_not_usual() -> None:
    assert ours("/read/p1?start=1#q") == "/read/p1?start=1#q"
    with speaking("es"):
        assert ours("/read/p1?start=1#q") == "/read/p1?start=1&lang=es#q"
        with wearing("contrast"):
            assert ours("/") == "/?lang=es&theme=contrast"
        with wearing('dark"><script>'):
            assert ours("/") == "/?lang=es"
    assert known_theme("system") == ""


@pytest.mark.parametrize(
    ("query", "accepted", "location"),
    [
        ("", "", "/en/"),
        ("", "fr-CH, fr;q=0.9, en;q=0.8", "/fr/"),
        ("", "it, de;q=0.5", "/de/"),
        ("lang=es", "fr", "/es/"),
        ("lang=//evil.example", "fr", "/fr/"),
        ("theme=dark&q=secret", "", "/en/?theme=dark"),
        ("theme=%0d%0aevil", "", "/en/"),
    ],
)
def test_the_door_leads_to_the_right_desk(query: str, accepted: str, location: str) -> None:
    headers = [(b"accept-language", accepted.encode())]
    scope = {"type": "http", "query_string": query.encode(), "headers": headers}
    reply = choose(Request(scope))
    assert (reply.status_code, reply.headers["location"]) == (303, location)
    assert reply.headers["vary"] == "Accept-Language"


# ---------------------------------------------------------------- the page that carries it


PAGE = (
    '<!doctype html><html\n lang="en"\n style="x"><head><base href="./">'
    '<meta property="og:title" content="Gradio"><style>:root {}</style>'
    "<script>one()</script></head>"
    '<body style="y"><gradio-app\n embed="false"\n style="z"></gradio-app></body></html>'
)


def test_the_page_is_dressed() -> None:
    dressing = Dressing(language="de", theme="dark", title="A & B", top=tag("p", "<before>"))
    page = rewritten(PAGE, "N", dressing, "<link>")
    assert 'lang="de" data-theme="dark"' in page
    assert "<title>A &amp; B</title><link></head>" in page
    assert "<p>&lt;before&gt;</p><gradio-app" in page
    assert '<style nonce="N">:root {}</style><script nonce="N">one()' in page
    assert 'style="' not in page
    assert page.index("language.js") < page.index("one()")
    assert "og:title" not in page
    assert "<base" not in page


def test_a_page_in_the_systems_colours_says_none() -> None:
    page = rewritten(PAGE, "N", Dressing(language="en", theme="", title="T", top=Html("")), "")
    assert "data-theme" not in page


def test_what_is_sent_goes_to_nobody_but_us() -> None:
    for address in ("https://elsewhere.example", "//elsewhere.example", "#", ""):
        with pytest.raises(ValueError, match="us"):
            tag("form", action=address)
    with pytest.raises(ValueError, match="not allowed"):
        tag("button", "x", onclick="x")
