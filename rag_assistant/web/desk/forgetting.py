"""What the server knows of a page's conversation goes with the page."""

from __future__ import annotations

import datetime

import gradio as gr

from rag_assistant.web.desk.underway import Underway

_LEFT_ALONE = datetime.timedelta(minutes=10)
_UNUSED = datetime.timedelta(hours=1)
_MOST_LEAVING = 1000


class Forgetting:
    """Takes sessions out of the server's memory: the conversation, and every field's last value.

    Gradio would keep them for an hour or longer. A session is forgotten at once when its person
    says so or, with ``at_once``, when its page is closed. Else it is kept ten minutes, for a
    connection that was only interrupted, and an hour where nobody closed the page or used it.
    """

    def __init__(self, blocks: gr.Blocks, underway: Underway, *, at_once: bool) -> None:
        self._blocks = blocks
        self._underway = underway
        self._at_once = at_once
        self._leaving: dict[str, None] = {}  # in order

    def leave(self, request: gr.Request) -> str:
        """Forget this session now, and whatever comes late once its page is gone; its name."""
        session = request.session_hash or ""
        self._leaving[session] = None
        if len(self._leaving) > _MOST_LEAVING:
            del self._leaving[next(iter(self._leaving))]
        self._end(session)
        return session

    def closed(self, request: gr.Request) -> None:
        """A page was closed."""
        session = request.session_hash or ""
        if self._at_once or session in self._leaving:
            self._leaving.pop(session, None)
            self._end(session)
            self._blocks._queue.pending_messages_per_session.pop(session, None)
        self.sweep()

    def sweep(self) -> None:
        """Forget sessions whose page was closed and did not come back, or that nobody uses."""
        holder = self._blocks.state_holder
        now = datetime.datetime.now()
        for session, state in list(holder.session_data.items()):
            kept = _LEFT_ALONE if state.is_closed else _UNUSED
            if holder.time_last_used.get(session, now - kept) <= now - kept:
                self._forget(session)

    def _end(self, session: str) -> None:
        """Forget it with the answer that is underway, whose next step would be kept again."""
        self._underway.break_off(session)
        self._forget(session)

    def _forget(self, session: str) -> None:
        holder = self._blocks.state_holder
        holder.session_data.pop(session, None)
        holder.time_last_used.pop(session, None)
