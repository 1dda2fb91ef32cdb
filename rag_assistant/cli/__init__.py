"""The command line. Importing it must stay quick: commands import what they need when they run."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence

from rag_assistant.cli.parser import build_parser
from rag_assistant.errors import RagAssistantError

_INTERRUPTED = 130
_BROKEN_PIPE = 141


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a console may lack characters of the sources
            stream.reconfigure(errors="replace")
    arguments = build_parser().parse_args(argv)
    try:
        from rag_assistant.cli import commands

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
