"""What the desk lets through at once, how often, and how long it remembers."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest
from fastapi import FastAPI

from rag_assistant.assistant import Assistant
from rag_assistant.config import Settings
from rag_assistant.web.desk.forgetting import Forgetting
from rag_assistant.web.desk.search_tab import Asked, SearchTab
from rag_assistant.web.desk.shell import Desk
from rag_assistant.web.desk.underway import Underway
from rag_assistant.web.doors.access import Doorkeeper
from rag_assistant.web.doors.rates import Questions
from tests.fakes import FakeEmbedder


class Opened:
    """A desk over an empty data folder, and what Gradio made of it."""

    def __init__(self, assistant: Assistant, settings: Settings) -> None:
        self.keeper = Doorkeeper(
            owner_token="owner", staff_link_token="link", questions=Questions(settings.limits)
        )
        self.assistant = assistant
        self.app: FastAPI = Desk(assistant, settings, self.keeper, "en").mounted()
        mounted: Any = self.app.routes[-1]
        self.blocks: gr.Blocks = mounted.app.blocks


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    data: Path = tmp_path_factory.mktemp("data")
    settings = Settings(data=data, limits={"questions_per_minute": 2})  # type: ignore[arg-type]
    with Assistant(settings, embedder=FakeEmbedder()) as assistant:
        yield Opened(assistant, settings)


def asker(client: str = "198.51.100.7", session: str = "one") -> gr.Request:
    known: Any = SimpleNamespace(
        client=SimpleNamespace(host=client), headers={}, cookies={}, session_hash=session
    )
    return known  # type: ignore[no-any-return]


def test_handlers_that_share_a_queue_have_one_limit(opened: Opened) -> None:
    limits: dict[str, set[Any]] = defaultdict(set)
    for handler in opened.blocks.fns.values():
        limits[handler.concurrency_id].add(handler.concurrency_limit)
    assert [one for one in limits.values() if len(one) > 1] == []
    assert limits["ask"] == {opened.assistant.settings.most_asked}


def test_searches_at_the_desk_count_as_questions(opened: Opened) -> None:
    tab = SearchTab(opened.assistant, opened.keeper, longest=100, language="en")
    with gr.Blocks(), gr.Tab() as place:
        tab.build(place)
    told = [str(tab.search_on(Asked(), asker())) for _ in range(3)]
    assert ["too often" in " ".join(one.split()) for one in told] == [False, False, True]


def test_few_sessions_are_kept(opened: Opened) -> None:
    assert opened.blocks.state_holder.capacity == 500


def test_sessions_that_nobody_uses_are_forgotten_also_where_none_closed_them() -> None:
    with gr.Blocks() as blocks:
        gr.State(None)
    blocks.state_holder.set_blocks(blocks)
    holder = blocks.state_holder
    for name in ("used", "left"):
        _ = holder[name]
    holder.time_last_used["left"] -= datetime.timedelta(hours=2)
    Forgetting(blocks, Underway(), at_once=False).sweep()
    assert list(holder.session_data) == ["used"]


def test_no_more_are_remembered_as_leaving_than_may_be() -> None:
    with gr.Blocks() as blocks:
        pass
    forgetting = Forgetting(blocks, Underway(), at_once=False)
    for number in range(1100):
        forgetting.leave(asker(session=str(number)))
    assert len(forgetting._leaving) == 1000


def test_leaving_ends_the_answer_that_is_underway() -> None:
    with gr.Blocks() as blocks:
        pass
    blocks.state_holder.set_blocks(blocks)
    ended = Underway()
    forgetting = Forgetting(blocks, ended, at_once=False)
    shown: list[int] = []
    answering = ended.alone("one", (number for number in range(3)))
    shown.append(next(answering))
    leaving = Thread(target=forgetting.leave, args=(asker(session="one"),))
    leaving.start()
    leaving.join(0.1)  # the step that was made is still to be kept, and then forgotten
    _ = blocks.state_holder["one"]
    shown += answering
    leaving.join(10)
    assert shown == [0]
    assert "one" not in blocks.state_holder.session_data
