"""One question and what has become of its answer so far, as the desk shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from rag_assistant.answer import Answer, Sentence
from rag_assistant.answering import answer_text
from rag_assistant.asking import AskEvent, Quoted
from rag_assistant.ports import Token, Turn, Waiting
from rag_assistant.retrieval import Retrieved
from rag_assistant.schema import Audience
from rag_assistant.web.components.beside import Beside

Phase = Literal["searching", "reading", "writing", "answered", "stopped", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A question and its answer, or as much of it as has come.

    ``waiting`` is the place in the queue before the model, 0 once it reads, None where there is no
    queue; ``draft`` is text as a model writes it, unchecked; ``quoted`` is what stands before a
    written answer; ``problem`` says what went wrong; ``beside`` holds what is shown with the
    answer and is not part of it.
    """

    question: str
    audience: Audience
    phase: Phase = "searching"
    found: int = 0
    waiting: int | None = None
    draft: str = ""
    sentences: tuple[Sentence, ...] = ()
    quoted: Answer | None = None
    answer: Answer | None = None
    beside: Beside = field(default_factory=Beside)
    problem: str = ""

    def after(self, event: AskEvent) -> Exchange:
        """The exchange once this event has come; only staff see text before it is checked."""
        match event:
            case Retrieved():
                return self._found(event)
            case Quoted():
                return replace(self, quoted=event.answer)
            case Waiting():
                between = event.position == 0 and self.phase == "writing"  # a slow model's pauses
                return self if between else replace(self, waiting=event.position)
            case Token():
                more = event.text if self.audience == "staff" else ""
                return replace(self, phase="writing", waiting=None, draft=self.draft + more)
            case Sentence():
                return replace(self, sentences=(*self.sentences, event), draft="")
            case Answer():
                return replace(self, phase="answered", answer=event, draft="")

    @property
    def running(self) -> bool:
        """Whether more may come."""
        return self.phase in ("searching", "reading", "writing")

    @property
    def shown(self) -> Answer | None:
        """The answer, or the quotations that stand there until it comes."""
        return self.answer or self.quoted

    def _found(self, found: Retrieved) -> Exchange:
        alike = {one.entry.passage_id: len(one.beneath) for one in found.hits}
        known = replace(self.beside, alike=alike)
        return replace(self, phase="reading", found=len(found.hits), beside=known)

    def stopped(self) -> Exchange:
        """The exchange as its asker has broken it off."""
        return self if self.answer or self.problem else replace(self, phase="stopped", draft="")

    def failed(self, problem: str) -> Exchange:
        """The exchange as it could not be answered."""
        return replace(self, phase="failed", problem=problem, draft="")


def in_panel(exchanges: Sequence[Exchange]) -> int:
    """The exchange whose sources stand beside the conversation; -1 where there is none.

    It is the last one, but the one before while the last has none yet.
    """
    last = len(exchanges) - 1
    if last > 0 and not exchanges[last].shown:
        before = exchanges[last - 1].shown
        if before and before.citations:
            return last - 1
    return last


def prefix_of(exchanges: Sequence[Exchange], place: int) -> str:
    """What tells the ids of one exchange from those of others; "" for the last one."""
    return "" if place == len(exchanges) - 1 else f"turn-{place + 1}-"


def turns(exchanges: Sequence[Exchange]) -> tuple[Turn, ...]:
    """The conversation so far, text only, without what no language model may read.

    What had no answer is left out: nothing that comes after is about its subject.
    """
    said: list[Turn] = []
    for exchange in exchanges:
        answer = exchange.answer
        if answer is None or answer.status == "no_answer":
            continue
        if text := _readable(answer, exchange.beside.unread):
            said.append(Turn(role="user", text=exchange.question))
            said.append(Turn(role="assistant", text=text))
    return tuple(said)


def _readable(answer: Answer, unread: frozenset[int]) -> str:
    if not unread:
        return answer.text
    return answer_text([one for one in answer.sentences if not unread & set(one.citations)])
