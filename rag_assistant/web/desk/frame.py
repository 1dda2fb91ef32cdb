"""What stands around Gradio's part of the page: masthead, notice, dialogs, words for the scripts.

It is in the page that the server sends, before any script runs. Pure: data in, markup out.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass

from rag_assistant.config import WebSettings
from rag_assistant.schema import Audience
from rag_assistant.web.components.markup import Html, join, link, tag, woven
from rag_assistant.web.components.ours import ours, site, theme
from rag_assistant.web.desk import dialogs, keys
from rag_assistant.wording import LANGUAGES, message, say, spoken

_NOBODY = Html("")
_COLOURS = (
    ("", message("As the system")),
    ("light", message("Light")),
    ("dark", message("Dark")),
    ("contrast", message("High contrast")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The frame of one desk; said in the language that is spoken when it is made.

    ``tabs`` are the names of the tabs that the desk has.
    """

    web: WebSettings
    tabs: Collection[str]

    def html(self, audience: Audience, person: Html = _NOBODY) -> Html:
        """All of it, to stand before Gradio's part; ``person`` is the way to one, if any."""
        found = keys.present(self.tabs)
        return join(
            tag("a", say("Skip to the question"), href="#question", class_="skip"),
            self._masthead(audience, person),
            _unscripted(),
            tag("p", role="status", id="speaker", class_="visually-hidden"),
            tag("p", role="status", id="fault"),
            dialogs.of_keys(found),
            dialogs.of_patron(),
            dialogs.of_leaving(),
            dialogs.of_transcript(),
            dialogs.of_packet(),
            dialogs.of_idle(self.web.warned_seconds) if self.web.public_computer else "",
            self._words(found),
        )

    def _masthead(self, audience: Audience, person: Html) -> Html:
        title = tag("h1", site(self.web))
        above = tag("div", _pages(), _languages(), _colours(), _staff(audience), class_="above")
        deeds = tag(
            "div",
            dialogs.button("keys", say("Keys"), pops="dialog"),
            dialogs.button("patron", say("New patron")),
            class_="deeds",
        )
        named = tag("div", title, deeds, class_="named")
        return tag("header", above, named, _notice(person), person, id="masthead")

    def _words(self, found: Collection[keys.Key]) -> Html:
        """What the page's scripts have to know and to say, as data."""
        idle = self.web.idle_minutes * 60 if self.web.public_computer else 0
        known = {
            "language": spoken(),
            "languages": list(LANGUAGES),
            "keys": {one.key: one.does for one in found},
            "idleSeconds": idle,
            "warnedSeconds": self.web.warned_seconds,
            "sources": say("Sources"),
            "conversation": say("Conversation"),
            "tabs": say("Parts of the desk"),
            "more": say("More"),
            "lost": say("The connection was lost. Your question is still there: ask again."),
            "broken": say("Something went wrong here. Ask again later, or ask a person."),
            "keysOn": say("Single keys work."),
            "keysOff": say("Single keys are switched off."),
        }
        data = json.dumps(known, ensure_ascii=False).replace("<", "\\u003c")
        return Html(f'<script type="application/json" id="desk-words">{data}</script>')


def _notice(person: Html) -> Html:
    """That this is a machine, before anyone can ask it; and whom else, where nobody is named."""
    words = say(
        "This is a machine. It answers from the collections that are named here, and it may "
        "be wrong: check the sources beside its answers."
    )
    other = "" if person else say("Or ask the staff of the library.")
    badge = tag("span", say("AI"), class_="badge")
    return tag("p", badge, " ", words, " ", other, id="ai-notice")


def _pages() -> Html:
    """Pages that tell more; they open beside the conversation, which would be gone else."""
    links = [
        link(ours(path), words, target="_blank")
        for path, words in (
            ("/collections", say("Collections")),
            ("/responsibility", say("How this works")),
        )
    ]
    return tag("nav", *links, aria_label=say("About"))


def _languages() -> Html:
    """The same desk in the other languages, each by its own name."""
    links = [
        tag(
            "a",
            name,
            href=_with_theme(f"/{code}/"),
            lang=code,
            hreflang=code,
            aria_current="true" if code == spoken() else None,
        )
        for code, name in LANGUAGES.items()
    ]
    return tag("nav", *links, aria_label=say("Language"), class_="languages")


def _with_theme(path: str) -> str:
    return f"{path}?theme={theme()}" if theme() else path


def _colours() -> Html:
    options = [
        tag("option", say(words), value=name or "system", selected="selected" * (name == theme()))
        for name, words in _COLOURS
    ]
    select = tag("select", *options, id="colours", data_does="colours")
    return tag("label", tag("span", say("Colours")), select, class_="colours")


def _staff(audience: Audience) -> Html:
    if audience != "staff":
        return tag("p", link(ours("/sign-in"), say("Sign in (staff)")), class_="staff")
    leave = tag("button", say("Sign out"), type="submit", class_="quiet")
    form = tag("form", leave, action=ours("/sign-out"), method="post")
    return tag("div", tag("span", say("Staff"), class_="badge"), form, class_="staff")


def _unscripted() -> Html:
    """What helps where no script runs: Gradio shows nothing then."""
    told = woven(
        say(
            "This page needs scripts, and your browser does not run them. Allow them for this "
            "address and load the page again, or {ask}: that page needs none. You can also see "
            "{collections}."
        ),
        ask=link(ours("/embed"), say("ask here")),
        collections=link(ours("/collections"), say("what the collections hold")),
    )
    return tag("noscript", tag("p", told, class_="unscripted"))
