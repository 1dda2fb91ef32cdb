"""What several tabs of the desk are made with."""

from __future__ import annotations

import functools
from collections.abc import Callable, Generator, Sequence
from itertools import zip_longest
from typing import Any, ParamSpec, TypeVar

import gradio as gr

from rag_assistant.wording import in_language, speaking

P = ParamSpec("P")
T = TypeVar("T")

QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
"""How every handler is wired: its progress is ours to show, and no API offers it."""

Update = dict[Any, Any]


def short_field(label: str, info: str, **more: Any) -> gr.Textbox:
    """A field for a few words; the browser keeps none of them for its next session."""
    unkept = gr.InputHTMLAttributes(autocomplete="off")
    return gr.Textbox(label=label, info=info, html_attributes=unkept, **more)


def markup_place(html: str, name: str) -> gr.Markdown:
    """A place for our own markup; it holds no line ends, so Markdown finds nothing in it."""
    return gr.Markdown(html, elem_id=name, latex_delimiters=[], sanitize_html=True)


def labelled(buttons: Sequence[gr.Button], words: Sequence[str]) -> Update:
    """As many of the buttons as there are words for."""
    return {
        button: gr.update(value=one, visible=bool(one))
        for button, one in zip_longest(buttons, words[: len(buttons)], fillvalue="")
    }


def spoken_in(language: str, handler: Callable[P, T]) -> Callable[P, T]:
    """The same handler, which speaks that language; Gradio finds its arguments as before."""

    @functools.wraps(handler)
    def speaks(*args: P.args, **kwargs: P.kwargs) -> T:
        with speaking(language):
            return handler(*args, **kwargs)

    return speaks


def steps_in(language: str, handler: Callable[P, Generator[T]]) -> Callable[P, Generator[T]]:
    """A handler that answers step by step, each step in that language."""

    @functools.wraps(handler)
    def speaks(*args: P.args, **kwargs: P.kwargs) -> Generator[T]:
        yield from in_language(language, handler(*args, **kwargs))

    return speaks
