"""The command line. Importing it must stay quick: commands import what they need when they run."""

from __future__ import annotations

import gc
import io
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

from rag_assistant.cli.parser import build_parser
from rag_assistant.errors import RagAssistantError

_INTERRUPTED = 130
_BROKEN_PIPE = 141
_ARENA_MAX = -8  # of glibc's malloc.h
_BRIEF = ("check-reference", "history", "search", "show", "status")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a console may lack characters of the sources
            stream.reconfigure(errors="replace")
    arguments = build_parser().parse_args(argv)
    if arguments.command not in _BRIEF:
        _share_heaps()
    try:
        with _without_collecting(to_the_end=arguments.command in _BRIEF) as imported:
            from rag_assistant.cli import commands

            imported()
            return commands.run(arguments)
    except RagAssistantError as error:
        if arguments.debug:
            raise
        print(f"rag-assistant: {error.message}", file=sys.stderr)
        if error.hint:
            print(f"  {error.hint}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print(
            "\nrag-assistant: Stopped. Everything stored so far is kept.\n"
            "  Run the same command again to go on.",
            file=sys.stderr,
        )
        return _INTERRUPTED
    except BrokenPipeError:  # `… | head`: nobody reads on
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _BROKEN_PIPE


def _share_heaps() -> None:
    """Let threads share two heaps, where the C library is glibc (see mallopt(3)).

    It would give eight for each core, and what is freed in one is of no use to the others: an
    index run grew by .3 MB a page. With two it does not, and is no slower.
    """
    if sys.platform != "linux":
        return
    import ctypes

    with suppress(OSError, AttributeError):  # another C library
        ctypes.CDLL(None).mallopt(_ARENA_MAX, 2)


@contextmanager
def _without_collecting(*, to_the_end: bool) -> Iterator[Callable[[], None]]:
    """Without looking for garbage: what is imported is none, and looking took a tenth of a search.

    Args:
        to_the_end: Also after the imports, where the process soon ends.

    Yields:
        To be called after the imports.
    """
    collected = gc.isenabled()
    gc.disable()

    def imported() -> None:
        if collected and not to_the_end:
            gc.enable()

    try:
        yield imported
    finally:
        if collected:
            gc.enable()
