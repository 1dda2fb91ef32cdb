"""The staff's way in and out: the one-time link, and a form that needs no script."""

from __future__ import annotations

from typing import Annotated

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from rag_assistant.config import Settings
from rag_assistant.web.api import problems
from rag_assistant.web.components.markup import Html, join, link, tag, text
from rag_assistant.web.components.ours import ours
from rag_assistant.web.doors.access import COOKIE, SESSION_SECONDS, Doorkeeper
from rag_assistant.web.doors.rates import CrowdedError, LaterError
from rag_assistant.web.pages.plain import PlainPages
from rag_assistant.wording import say

_CHECKED_AT_ONCE = 2  # passwords: each takes 64 MB and a tenth of a second
_WAITING = 50
_WRONG = 403
_PLACE = "/sign-in"
_WAY_OUT = "/sign-out"

# Fixed frames: forms are nothing that `markup` may make.
_FORM = """<form class="sign-in" method="post" action="{place}">
<label for="name">{name}</label>
<input id="name" name="name" value="{typed}" autocomplete="username" autocapitalize="none" \
spellcheck="false" maxlength="64" aria-describedby="fault" required{first}>
<label for="password">{password}</label>
<input id="password" name="password" type="password" autocomplete="current-password" \
aria-describedby="fault" required{second}>
<button>{send}</button>
</form>"""
_HERE = " autofocus"  # where to type next
_OUT = '<form class="sign-in" method="post" action="{place}"><button>{send}</button></form>'

_Field = Annotated[str, Form()]


class SignIn:
    """``/sign-in``, ``/sign-out``, and ``/staff`` for the link that `serve` prints.

    Args:
        settings: The site's name, and what is kept.
        doorkeeper: Knows the staff.
    """

    def __init__(self, settings: Settings, doorkeeper: Doorkeeper) -> None:
        self._doorkeeper = doorkeeper
        self._pages = PlainPages(settings)
        self._checking = CapacityLimiter(_CHECKED_AT_ONCE)

    def router(self) -> APIRouter:
        """The routes."""
        router = APIRouter(include_in_schema=False)
        router.add_api_route("/staff", self.staff)
        router.add_api_route(_PLACE, self.show)
        router.add_api_route(_PLACE, self.sign_in, methods=["POST"])
        router.add_api_route(_WAY_OUT, self.sign_out, methods=["POST"])
        return router

    def staff(self, request: Request, token: str = "") -> Response:
        """Exchange the one-time link for a session."""
        session = self._doorkeeper.exchange(token)
        if session is not None:
            return self._let_in(request, session)
        words = say(
            "This link has been used, or it is not the one that was printed. Stop "
            "`rag-assistant serve`, start it again, and open the new link that it prints."
        )
        other = tag("p", link(ours(_PLACE), say("Sign in as staff")))
        parts = words.split("`")
        told = join(*(tag("kbd", one) if at % 2 else one for at, one in enumerate(parts)))
        title = say("The staff link works once")
        response = self._pages.page(title, join(tag("p", told), other))
        response.status_code = _WRONG
        return response

    def show(self, request: Request) -> Response:
        """The form, or who is signed in already."""
        name = self._doorkeeper.signed_in(request.headers, request.cookies)
        if name is None:
            return self._form()
        words = say("You are signed in as {name}.", name=name) if name else ""
        words = words or say("You are signed in by the link that the server printed.")
        return self._pages.page(say("Staff"), join(tag("p", words), self._out(request)))

    async def sign_in(self, request: Request, name: _Field = "", password: _Field = "") -> Response:
        """A new session for a name and its password."""
        try:
            self._doorkeeper.admit_try(request.client.host if request.client else "")
            if self._checking.statistics().tasks_waiting >= _WAITING:
                raise CrowdedError
            session = await to_thread.run_sync(
                self._doorkeeper.sign_in, name, password, limiter=self._checking
            )
        except LaterError as error:
            told = f"{error.message} {error.hint}"
            response = self._form(name, told, status=problems.status_of(error))
            response.headers["retry-after"] = str(error.seconds)
            return response
        if session is None:
            return self._form(name, say("Name or password is wrong."), status=_WRONG)
        self._doorkeeper.sign_out(request.cookies)  # the browser's former session
        return self._let_in(request, session)

    def sign_out(self, request: Request) -> Response:
        """End the session, on the server too."""
        self._doorkeeper.sign_out(request.cookies)
        response = RedirectResponse(ours("/"), status_code=303)
        response.delete_cookie(COOKIE, httponly=True, samesite="strict", secure=_secure(request))
        return response

    def _let_in(self, request: Request, session: str) -> Response:
        response = RedirectResponse(ours("/"), status_code=303)
        response.set_cookie(
            COOKIE,
            session,
            max_age=SESSION_SECONDS,
            httponly=True,
            samesite="strict",
            secure=_secure(request),
        )
        return response

    def _form(self, typed: str = "", told: str = "", *, status: int = 200) -> Response:
        form = _FORM.format(
            place=text(ours(_PLACE)),
            name=text(say("Name")),
            typed=text(typed),
            password=text(say("Password")),
            send=text(say("Sign in")),
            first="" if typed else _HERE,
            second=_HERE if typed else "",
        )
        fault = tag("p", tag("strong", told), id="fault", class_="fault") if told else ""
        response = self._pages.page(say("Sign in as staff"), join(fault, Html(form)))
        response.status_code = status
        return response

    def _out(self, request: Request) -> Html:
        """The way out of a session; whom a proxy names signs out there."""
        if not self._doorkeeper.has_session(request.cookies):
            return Html("")
        return Html(_OUT.format(place=text(ours(_WAY_OUT)), send=text(say("Sign out"))))


def _secure(request: Request) -> bool:
    return request.url.scheme == "https"
