"""What can be typed."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TypeAlias

from rag_assistant import __version__

DEFAULT_HOST, DEFAULT_PORT = "127.0.0.1", 7860
BACKENDS = ("auto", "torch", "torch-bf16", "openvino", "openvino-bf16", "openvino-int8")
CITE = ("ris", "bibtex", "csl-json", "text", "chicago", "mla", "apa")
_MOST_HITS = 1000  # the API's own limit


def build_parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    parser = argparse.ArgumentParser(
        prog="rag-assistant",
        description="Ask your collections and web archives; every citation can be checked.",
        epilog="Start with `rag-assistant demo`, or `rag-assistant index FOLDER`.",
    )
    parser.add_argument("--version", action="version", version=f"rag-assistant {__version__}")
    parser.add_argument("--config", type=Path, metavar="FILE", help="configuration (rag.toml)")
    parser.add_argument("--data", type=Path, metavar="DIR", help="data folder")
    parser.add_argument("-q", "--quiet", action="store_true", help="say less")
    parser.add_argument("-v", "--verbose", action="store_true", help="say more")
    parser.add_argument("--debug", action="store_true", help="show tracebacks")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _demo(commands)
    _index(commands)
    _search(commands)
    _ask(commands)
    _write(commands)
    _rerun(commands)
    _check_reference(commands)
    _history(commands)
    _show(commands)
    _serve(commands)
    _staff(commands)
    _status(commands)
    _retained(commands)
    _pull(commands)
    _harvest(commands)
    _takedowns(commands)
    repair = commands.add_parser("repair", help="check each index and rebuild what differs")
    repair.add_argument(
        "--backend", choices=BACKENDS, help="instead: measure and choose what computes the vectors"
    )
    doctor = commands.add_parser("doctor", help="check the set-up, and say what mends it")
    doctor.add_argument("--port", type=_port, default=DEFAULT_PORT)
    return parser


_Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def _demo(commands: _Commands) -> None:
    parser = commands.add_parser("demo", help="try it on the sample collections")
    parser.add_argument("--serve", action="store_true", help="then open the desk")
    _address(parser)


def _index(commands: _Commands) -> None:
    parser = commands.add_parser("index", help="bring collections up to date with their files")
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    parser.add_argument("--collection", metavar="ID", help="name of the collection")
    parser.add_argument("--dry-run", action="store_true", help="list what would change")
    parser.add_argument(
        "--yes", action="store_true", help="remove even where most of a collection would go"
    )
    _json(parser)


def _search(commands: _Commands) -> None:
    parser = commands.add_parser("search", help="find passages, without an answer")
    parser.add_argument("query", metavar="QUERY")
    parser.add_argument("-k", type=_how_many, default=10, metavar="N", help="how many (10)")
    parser.add_argument("--sort", choices=("relevance", "date"), default="relevance")
    _filters(parser)
    _json(parser)


def _ask(commands: _Commands) -> None:
    parser = commands.add_parser("ask", help="ask a question; the answer cites its sources")
    parser.add_argument("question", metavar="QUESTION")
    parser.add_argument("--answerer", choices=("auto", "extractive", "ollama"))
    parser.add_argument("--clarify", action="store_true", help="may ask back what is meant")
    _filters(parser)
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="JSON on standard output")
    form.add_argument(
        "--cite", choices=CITE, help="instead of the answer, the references of its sources"
    )


def _write(commands: _Commands) -> None:
    parser = commands.add_parser(
        "write", help="let the model write a summary, a label, titles or keywords, all cited"
    )
    parser.add_argument("text", choices=("summary", "label", "title", "keywords"))
    parser.add_argument(
        "subject", metavar="SUBJECT", help="what it is about; for a summary, a document's id"
    )
    _filters(parser)
    _json(parser)


def _rerun(commands: _Commands) -> None:
    parser = commands.add_parser("rerun", help="ask a recorded question again, and compare")
    parser.add_argument(
        "record", type=Path, metavar="RUN.json", help="made by `ask --json` or `write --json`"
    )
    _json(parser)


def _check_reference(commands: _Commands) -> None:
    parser = commands.add_parser(
        "check-reference", help="look pasted references up among what is held here"
    )
    parser.add_argument(
        "texts",
        nargs="*",
        metavar="TEXT",
        help="a reference, in any style; '-' or none reads standard input, also a list",
    )
    parser.add_argument("--file", type=Path, metavar="FILE", help="read a file instead")
    _json(parser)


def _history(commands: _Commands) -> None:
    parser = commands.add_parser("history", help="captures of a page, and what changed between")
    parser.add_argument("url", metavar="URL")
    _json(parser)


def _show(commands: _Commands) -> None:
    parser = commands.add_parser("show", help="show stored text, a passage marked in it")
    parser.add_argument("item", metavar="PASSAGE-OR-DOCUMENT")
    _json(parser)


def _serve(commands: _Commands) -> None:
    parser = commands.add_parser("serve", help="open the desk and the API on this computer")
    _address(parser)


def _staff(commands: _Commands) -> None:
    parser = commands.add_parser("staff", help="who may sign in to the pages as staff")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    for action, what in (
        ("add", "make an account, or give one another password"),
        ("remove", "delete an account; its sessions end"),
    ):
        actions.add_parser(action, help=what).add_argument("name", metavar="NAME")
    actions.add_parser("list", help="all names")


def _status(commands: _Commands) -> None:
    parser = commands.add_parser("status", help="collections, indexes, failures, answerer")
    _json(parser)


def _retained(commands: _Commands) -> None:
    parser = commands.add_parser(
        "retained", help="questions and answers that are kept, as lines of JSON"
    )
    parser.add_argument("--delete", action="store_true", help="delete all of them now")


def _pull(commands: _Commands) -> None:
    parser = commands.add_parser("pull", help="pull a language model into Ollama")
    parser.add_argument("model", metavar="MODEL", help="as in gemma3:4b")


def _harvest(commands: _Commands) -> None:
    parser = commands.add_parser("harvest", help="fetch a catalogue's records by OAI-PMH")
    parser.add_argument("url", metavar="URL", help="base URL of the repository")
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="where its records go")
    parser.add_argument("--prefix", default="oai_dc", metavar="NAME", help="oai_dc, mods, marc21 …")
    parser.add_argument("--set", default="", metavar="NAME", help="only records of this set")
    parser.add_argument("--from", dest="since", default="", metavar="DATE", help="changed since")
    parser.add_argument("--until", default="", metavar="DATE", help="changed until")


def _takedowns(commands: _Commands) -> None:
    for name, what in (
        ("hide", "hide at once, reversibly"),
        ("remove", "purge for good, with a receipt"),
        ("restore", "allow again what was hidden or removed"),
    ):
        parser = commands.add_parser(name, help=what)
        parser.add_argument(
            "items",
            nargs="+",
            metavar="ITEM",
            help="document id, URI, prefix ending in '*', or URI@2012..2014",
        )
        if name != "restore":
            parser.add_argument("--reason", default="", help="kept with the take-down")
        parser.add_argument("--dry-run", action="store_true", help="say what it would touch")
        _json(parser)


def _address(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default=DEFAULT_HOST)
    parser.add_argument("--port", type=_port, default=DEFAULT_PORT)
    parser.add_argument("--no-browser", action="store_true", help="do not open the browser")
    parser.add_argument(
        "--public-computer",
        action="store_true",
        help="clear the page after some idle minutes, and open no staff link",
    )


def _filters(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("filters")
    group.add_argument("--collection", nargs="+", default=[], metavar="ID")
    group.add_argument("--from", dest="date_from", metavar="DATE")
    group.add_argument("--to", dest="date_to", metavar="DATE")
    group.add_argument("--as-of", metavar="DATE", help="web pages as they stood then")
    group.add_argument("--lang", metavar="CODE")
    group.add_argument("--kind")


def _json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="JSON on standard output")


def _how_many(text: str) -> int:
    number = int(text)
    if not 1 <= number <= _MOST_HITS:
        raise argparse.ArgumentTypeError(f"must be between 1 and {_MOST_HITS}")
    return number


def _port(text: str) -> int:
    number = int(text)
    if not 0 <= number < 1 << 16:
        raise argparse.ArgumentTypeError("must be between 0 and 65535")
    return number
