"""Answers written by a language model, every sentence checked against what it cites."""

from __future__ import annotations

import re
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace

from rag_assistant.answer import Sentence
from rag_assistant.answering import words
from rag_assistant.answering.citations import Marked, MarkerStream, Numbering, markers
from rag_assistant.answering.comparing import Source
from rag_assistant.answering.languages import language_of
from rag_assistant.answering.orders import requests, withheld
from rag_assistant.answering.phrases import KINDS as PHRASES
from rag_assistant.answering.phrases import check_phrase
from rag_assistant.answering.prompting import (
    NO_ANSWER,
    Prompt,
    Templates,
    build,
    estimate_prompt,
    load_templates,
    may_be_read,
)
from rag_assistant.answering.support import (
    best_span,
    check,
    embedded,
    find_verbatim,
    score,
)
from rag_assistant.config import Settings
from rag_assistant.errors import ModelReplyError, PromptTooLongError
from rag_assistant.ports import (
    AnswerEvent,
    Draft,
    Embedder,
    Finished,
    LanguageModel,
    Quote,
    Task,
    Token,
    Usage,
    Vectors,
    Waiting,
)
from rag_assistant.schema import Hit
from rag_assistant.wording import message, say, say_n

ATTACH_SCORE = 0.75
"""A sentence without marker gets one where a single passage holds this much of it."""
RETRY_SHARE = 0.95
"""Of the room that is reckoned for a second try: the passages left may be the denser ones."""
HELD = ("verbatim", "supported")
NOTHING_SUPPORTED = "no sentence of the draft was supported"
NOTHING_FOUND = "the passages do not answer the question"
ABSENCE = "it says what the sources lack"
TORN = "it named an address that no source holds"
CUT = message("the answer was cut at its length limit")

_REFUSAL = re.compile(
    r"(?:i['’]?m sorry|i am sorry|sorry,|as an ai\b|"
    r"i (?:can(?:no|['’])t|am (?:unable|not able) to|won['’]t) (?:assist|help|answer|discuss|"
    r"provide|fulfil|engage)|es tut mir leid|ich kann (?:ihnen |dir )?(?:dabei )?nicht|"
    r"je suis désolé|je ne peux pas|lo siento|no puedo (?:ayudar|responder))",
    re.IGNORECASE,
)
_SOURCES = r"\b(?:passages?|passagen|pasajes|sources?|quellen|fuentes|document(?:o?s)?|texte?s?)\b"
_ABOUT_SOURCES = re.compile(
    rf"{_SOURCES}[^,;:–—]*\b(?:address|answer|contain|describe|detail|explain|give|identify|include|"
    r"indicate|list|mention|name|provide|record|reveal|say|specify|state|tell|"
    r"angeben|beantworten|enthalten|erwähnen|nennen|sagen|contiennent|disent|indiquent|"
    r"mentionnent|précisent|contienen|dicen|especifican|indican|mencionan)\w{0,3}\b"
    rf"|\b(?:no|keine|aucune?|ning\w+) (?:\w+ )?(?:information|mention|record|answer|angaben?|"
    rf"información)\b[^,;:–—]*{_SOURCES}",
    re.IGNORECASE,
)
_ADDS = re.compile(r"\b(?:but|however|although|though|aber|doch|mais|pero)\b", re.IGNORECASE)
_AROUND_WORD = " .,:;!?()[]{}<>*_`\"'"


@dataclass(slots=True, kw_only=True)
class _Progress:
    """What has come of one answer so far.

    ``prompt`` holds the passages as the model reads them, ``stored`` as they are stored, by id.
    ``asked`` is the question's language; ``drops`` leaves out what nothing supports.
    """

    templates: Templates
    prompt: Prompt
    stream: MarkerStream = field(init=False)
    stored: Mapping[str, Hit]
    vectors: Mapping[str, Vectors]
    asked: str
    withheld: int
    drops: bool
    phrases: bool
    started: float
    numbering: Numbering = field(default_factory=Numbering)
    sentences: list[Sentence] = field(default_factory=list)
    cited: dict[int, list[str]] = field(default_factory=dict)
    sources: dict[int, Source] = field(default_factory=dict)
    dropped: int = 0
    usage: Usage | None = None
    cut: bool = False
    first_token: float | None = None
    verifying: float = 0.0

    def __post_init__(self) -> None:
        self.show(self.prompt)

    def show(self, prompt: Prompt) -> None:
        """Let the model see this prompt, of which nothing is written yet."""
        self.prompt = prompt
        self.stream = MarkerStream([hit.entry.embedded_text for hit in prompt.hits])

    def hit(self, number: int) -> Hit:
        """The passage of that number, as it is stored."""
        return self.stored[self.prompt.hits[number - 1].entry.passage_id]

    def may_obey(self, numbers: Sequence[int]) -> bool:
        """Whether one of these passages, or any where there are none, makes requests."""
        return any(
            requests(self.hit(one)) for one in numbers or range(1, len(self.prompt.hits) + 1)
        )

    def trimmed(self) -> tuple[str, ...]:
        """What the model did not see, and what it could not finish."""
        told = say_n(
            "{n} sentence left out that told the answerer what to do",
            "{n} sentences left out that told the answerer what to do",
            self.withheld,
        )
        withheld = (told,) if self.withheld else ()
        return (*self.prompt.trimmed, *withheld, *((say(CUT),) if self.cut else ()))


class GenerativeAnswerer:
    """Streams an answer out of a language model.

    Args:
        model: What writes.
        settings: Lengths and passages.
        templates: The prompts; None reads the ones that ship with the product for each task.
        embedder: Helps to check sentences; without one, words alone decide.
    """

    def __init__(
        self,
        model: LanguageModel,
        *,
        settings: Settings,
        templates: Templates | None = None,
        embedder: Embedder | None = None,
    ) -> None:
        self._model = model
        self._passages = settings.answer.passages
        self._max_tokens = settings.ollama.max_answer_tokens
        self._budget = model.context_window - self._max_tokens
        self._templates = templates
        self._embedder = embedder

    @property
    def name(self) -> str:
        return "ollama"

    def answer(self, task: Task) -> Generator[AnswerEvent]:
        templates = self._templates or load_templates(kind=task.kind)
        most = None if task.kind == "summary" else self._passages
        stored = [hit for hit in task.hits if may_be_read(hit)][:most]
        cleared = [withheld(hit) for hit in stored]
        readable = tuple(hit for hit, _ in cleared if may_be_read(hit))
        if not readable:
            yield _unread(task)
            return
        task = replace(task, hits=readable)
        progress = _Progress(
            templates=templates,
            prompt=build(task, templates, budget=self._budget),
            stored={hit.entry.passage_id: hit for hit in stored},
            vectors=task.vectors,
            asked=language_of(task.question),
            withheld=sum(number for _, number in cleared),
            drops=task.policy == "drop",
            phrases=task.kind in PHRASES,
            started=time.perf_counter(),
        )
        said_nothing = False
        with closing(self._items(task, progress)) as items:
            for item in items:
                said_nothing = isinstance(item, str) and item.strip(_AROUND_WORD) == NO_ANSWER
                if said_nothing:
                    break
                match item:
                    case str():
                        yield Token(text=item)
                    case Waiting():
                        yield item
                    case Marked():
                        yield from self._sentence(item, progress)
        yield self._draft(progress, said_nothing=said_nothing)

    def _items(self, task: Task, progress: _Progress) -> Generator[str | Marked | Waiting]:
        """Words and sentences as they come, of a shorter prompt where the server refuses ours."""
        try:
            yield from self._written(progress)
        except PromptTooLongError as error:
            if progress.first_token is not None or not error.tokens or not error.window:
                raise
            budget = self._lower_budget(progress.prompt, error.tokens, error.window)
            progress.show(build(task, progress.templates, budget=budget))
            yield from self._written(progress)

    def _lower_budget(self, prompt: Prompt, tokens: int, window: int) -> int:
        """What a prompt may have by our count, if the server counted so many in one."""
        room = max(0, window - self._max_tokens)
        return int(estimate_prompt(prompt) * room / tokens * RETRY_SHARE)

    def _written(self, progress: _Progress) -> Generator[str | Marked | Waiting]:
        """What the model writes; its stream is closed at the end."""
        stream = progress.stream
        reply = self._model.write(progress.prompt.messages, max_tokens=self._max_tokens)
        with closing(reply):
            for event in reply:
                match event:
                    case str():
                        if progress.first_token is None:
                            progress.first_token = time.perf_counter()
                        yield from stream.feed(event)
                    case Waiting():
                        yield event
                    case Finished():
                        progress.cut, progress.usage = event.cut, event.usage
        yield from stream.finish()

    def _sentence(self, marked: Marked, progress: _Progress) -> Iterator[AnswerEvent]:
        if progress.cut and not marked.complete:
            return
        if not progress.sentences and not marked.passages and _REFUSAL.match(marked.text):
            raise ModelReplyError(
                say("The model refused to answer."),
                say("The passages found are listed; or ask again."),
            )
        started = time.perf_counter()
        numbers, sentence = self._checked(marked, progress)
        progress.verifying += time.perf_counter() - started
        if sentence.support == "unsupported" and (progress.drops or progress.may_obey(numbers)):
            progress.dropped += 1  # with "mark" too, where it may be what a passage asked for
            return
        sentence = Sentence(
            text=sentence.text,
            citations=progress.numbering.of(numbers),
            support=sentence.support,
            reason=sentence.reason,
        )
        for number in numbers:
            progress.cited.setdefault(number, []).append(sentence.text)
        progress.sentences.append(sentence)
        if sentence.citations:
            yield Token(text=markers(sentence.citations))
        yield sentence
        yield Token(text=" ")

    def _checked(self, marked: Marked, progress: _Progress) -> tuple[tuple[int, ...], Sentence]:
        if progress.phrases:
            sources = [self._source(number, progress) for number in marked.passages]
            support, reason = check_phrase(marked.text, sources)
            told = Sentence(text=marked.text, citations=(), support=support, reason=reason)
            return marked.passages, told
        numbers = marked.passages or self._single_support(marked.text, progress)
        sources = [self._source(number, progress) for number in numbers]
        support, reason = check(marked.text, sources, self._embedder, asked=progress.asked)
        quoted = (find_verbatim(marked.text, progress.hit(one).entry.text) for one in numbers)
        if support == "verbatim" and not any(quoted):  # a title says it, which no quotation shows
            support = "supported"
        if marked.torn and support in ("supported", "unchecked"):
            support, reason = "unsupported", TORN
        if support not in HELD and _tells_absence(marked.text):
            numbers, support, reason = (), "unchecked", ABSENCE
        return numbers, Sentence(text=marked.text, citations=(), support=support, reason=reason)

    def _single_support(self, text: str, progress: _Progress) -> tuple[int, ...]:
        """The one passage that clearly holds a sentence which the model left without marker."""
        strong = []
        for number in range(1, len(progress.prompt.hits) + 1):
            sources = [self._source(number, progress)]
            if (
                score(text, sources, self._embedder) >= ATTACH_SCORE
                and check(text, sources, self._embedder, asked=progress.asked)[0] in HELD
            ):
                strong.append(number)
        return tuple(strong) if len(strong) == 1 else ()

    def _source(self, number: int, progress: _Progress) -> Source:
        """A passage as it is checked against, embedded once for all sentences."""
        if number not in progress.sources:
            entry = progress.prompt.hits[number - 1].entry
            known = progress.vectors.get(entry.passage_id)
            if entry.text != progress.hit(number).entry.text:  # sentences are withheld
                known = None
            source = Source(text=entry.embedded_text, language=entry.language, vector=known)
            progress.sources[number] = embedded(source, self._embedder)
        return progress.sources[number]

    def _draft(self, progress: _Progress, *, said_nothing: bool) -> Draft:
        end = time.perf_counter()
        if not said_nothing and not progress.sentences and not progress.dropped:
            raise ModelReplyError(
                say("The model's reply holds no whole sentence."), say("Ask again.")
            )
        held = any(_holds(sentence) for sentence in progress.sentences)
        reason = NOTHING_FOUND if said_nothing and not progress.sentences else NOTHING_SUPPORTED
        quotes = (
            _quote(marker, progress.hit(number), progress.cited[number])
            for number, marker in progress.numbering.used.items()
        )
        timings = {
            "generate": _milliseconds(end - progress.started - progress.verifying),
            "verify": _milliseconds(progress.verifying),
        }
        if progress.first_token is not None:
            timings["first_token"] = _milliseconds(progress.first_token - progress.started)
        return Draft(
            sentences=tuple(progress.sentences) if held else (),
            quotes=tuple(quotes) if held else (),
            written=True,
            model=self._model.name,
            model_digest=self._model.digest,
            prompt_sha256=progress.templates.sha256,
            seed=self._model.seed,
            usage=progress.usage,
            shown=frozenset(hit.entry.passage_id for hit in progress.prompt.hits),
            invalid_markers=progress.stream.invalid,
            dropped=progress.dropped,
            trimmed=progress.trimmed(),
            reason=None if held else reason,
            timings_ms=timings,
        )


def _unread(task: Task) -> Draft:
    """Nothing that a model may read: none was asked."""
    closed = any(hit.entry.text.strip() and not may_be_read(hit) for hit in task.hits)
    words = message("What was found may be quoted, and no language model may read it.")
    told = say(words) if closed else ""
    return Draft(sentences=(), quotes=(), written=True, reason=NOTHING_FOUND, told=told)


def _holds(sentence: Sentence) -> bool:
    """Whether a sentence stands on a source, even on one that words cannot be compared with."""
    crossing = sentence.support == "unchecked" and bool(sentence.citations)
    return sentence.support in HELD or crossing


def _tells_absence(text: str) -> bool:
    """Whether a sentence only says that the sources lack something, and states no figure."""
    about_sources = _ABOUT_SOURCES.search(text) is not None
    adds = _ADDS.search(text) is not None
    return about_sources and not adds and words.negated(text) and not words.figures(text)


def _quote(marker: int, hit: Hit, sentences: Sequence[str]) -> Quote:
    spans = [best_span(sentence, hit.entry) for sentence in sentences]
    start, end = min(span[0] for span in spans), max(span[1] for span in spans)
    return Quote(marker=marker, hit=hit, start=start, end=end)


def _milliseconds(seconds: float) -> int:
    return max(0, round(seconds * 1000))
