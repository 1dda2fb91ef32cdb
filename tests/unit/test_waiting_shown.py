"""R38: the desk tells a question's place in the queue, and no longer than it has one."""

from __future__ import annotations

import pytest

from rag_assistant.ports import Token, Waiting
from rag_assistant.web import render
from rag_assistant.web.conversation import Exchange

ASKED = Exchange(question="When?", audience="staff", phase="reading", found=3)


@pytest.mark.parametrize(
    ("exchange", "words"),
    [
        (ASKED.after(Waiting(position=4)), "number 4 in the queue"),
        (ASKED.after(Waiting(position=4)).after(Waiting(position=0)), "Reading 3 passages"),
        (ASKED.after(Waiting(position=4)).after(Token(text="It")), "Writing"),
    ],
)
def test_the_place_in_the_queue_is_shown(exchange: Exchange, words: str) -> None:
    assert words in render.conversation([exchange])
