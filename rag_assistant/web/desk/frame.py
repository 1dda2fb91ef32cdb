"""What stands around Gradio's part of the page: masthead, notice, dialogs, words for the scripts.

It is in the page that the server sends, before any script runs. Pure: data in, markup out.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass

from rag_assistant.config import HelpSettings, WebSettings
from rag_assistant.schema import Audience
from rag_assistant.web.components.markup import Html, join, link, tag, woven
from rag_assistant.web.components.ours import ours, theme
from rag_assistant.web.desk import dialogs, keys
from rag_assistant.wording import LANGUAGES, message, say, spoken

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
    help: HelpSettings
    tabs: Collection[str]

    def html(self, audience: Audience) -> Html:
        """All of it, to stand before Gradio's part."""
        found = keys.present(self.tabs)
        return join(
            tag("a", say("Skip to the question"), href="#question", class_="skip"),
            self._masthead(audience),
            _unscripted(),
            tag("p", role="status", id="speaker", class_="visually-hidden"),
            dialogs.of_keys(found),
            dialogs.of_patron(),
            dialogs.of_transcript(),
            dialogs.of_packet(),
            dialogs.of_idle(self.web.warned_seconds) if self.web.public_computer else "",
            self._words(found),
        )

    def _masthead(self, audience: Audience) -> Html:
        title = tag("h1", self.web.title)
        above = tag("div", _pages(), _languages(), _colours(), _staff(audience), class_="above")
        deeds = tag(
            "div",
            dialogs.button("keys", say("Keys"), pops="dialog"),
            dialogs.button("patron", say("New patron")),
            class_="deeds",
        )
        named = tag("div", title, deeds, class_="named")
        return tag("header", above, named, self._notice(), id="masthead")

    def _notice(self) -> Html:
        """That this is a machine, before anyone can ask it; and the way to a person."""
        words = say(
            "This is a machine. It answers from the collections that are named here, and it may "
            "be wrong: check the sources beside its answers."
        )
        parts: list[Html] = [tag("span", say("AI"), class_="badge"), join(" ", words, " ")]
        label, url = self.help.label, self.help.url
        if label:
            person = link(url, label) if url else join(label)
            parts += [join(say("Or ask a person:"), " "), person]
        else:
            parts.append(join(say("Or ask the staff of the library.")))
        return tag("p", *parts, id="ai-notice")

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
            "keysOn": say("Single keys work."),
            "keysOff": say("Single keys are switched off."),
        }
        data = json.dumps(known, ensure_ascii=False).replace("<", "\\u003c")
        return Html(f'<script type="application/json" id="desk-words">{data}</script>')


def _pages() -> Html:
    links = [
        link(ours("/collections"), say("Collections")),
        link(ours("/responsibility"), say("How this works")),
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
