"""The command line: ``run`` a suite, ``bench``, ``compare`` two results, ``score``."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, fields
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from platformdirs import user_cache_path

from evals import comparing, running, sets
from evals.bench.bench import Sizes
from evals.bench.suite import BENCHMARKS
from evals.suites import SUITES, Suite, evaluator
from evals.workbench import Workbench
from rag_assistant.config import EmbeddingSettings, Settings, load_settings
from rag_assistant.errors import RagAssistantError, UsageError

if TYPE_CHECKING:
    from evals.scoring import Texts
    from rag_assistant.models.ollama import Model
    from rag_assistant.ports import Embedder

_FAILED, _INTERRUPTED = 1, 130
_CACHE = "rag-assistant-evals"


def build_parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    parser = argparse.ArgumentParser(
        prog="python -m evals", description="How grounded, complete and honest the answers are."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    run = commands.add_parser("run", help="run a suite; writes a report")
    run.set_defaults(act=_run)
    run.add_argument("suite", choices=tuple(SUITES), metavar="SUITE", help=", ".join(SUITES))
    run.add_argument("--json", type=Path, metavar="FILE", help="write the figures as JSON")
    run.add_argument("--answerer", choices=("extractive", "ollama"))
    run.add_argument(
        "--baseline", type=Path, metavar="FILE", help="fail where a figure is worse than here"
    )
    run.add_argument("--out", type=Path, metavar="FOLDER", help="the report (evals-SUITE)")
    run.add_argument(
        "--cache", type=Path, metavar="FOLDER", help="embeddings and indexes, kept from run to run"
    )
    run.add_argument("--data", type=Path, metavar="FOLDER", help="the evaluation sets")
    _add_bench(commands)
    compare = commands.add_parser("compare", help="what moved beyond noise between two results")
    compare.set_defaults(act=_compare)
    compare.add_argument("old", type=Path, metavar="A")
    compare.add_argument("new", type=Path, metavar="B")
    compare.add_argument("--json", action="store_true", help="JSON on standard output")
    score = commands.add_parser("score", help="score answers that another system gave")
    score.set_defaults(act=_score)
    score.add_argument("answers", type=Path, metavar="ANSWERS.jsonl")
    score.add_argument("--json", type=Path, metavar="FILE", help="write the figures as JSON")
    score.add_argument(
        "--data", type=Path, metavar="FOLDER", help="the product's data folder that they cite"
    )
    return parser


def _add_bench(commands: Any) -> None:
    bench = commands.add_parser("bench", help="measure speed, memory and safety; writes a report")
    bench.set_defaults(act=_bench)
    bench.add_argument(
        "names", nargs="*", metavar="NAME", choices=(*BENCHMARKS, []), help=", ".join(BENCHMARKS)
    )
    bench.add_argument("--json", type=Path, metavar="FILE", help="write the figures as JSON")
    bench.add_argument("--out", type=Path, metavar="FOLDER", help="the report (evals-bench)")
    for size in fields(Sizes):
        bench.add_argument(
            f"--{size.name}",
            type=_positive,
            default=size.default,
            metavar="N",
            help=f"how many ({size.default:,})",
        )


def _positive(text: str) -> int:
    if not text.isdigit() or not int(text):
        raise argparse.ArgumentTypeError(f"{text} is no number above 0")
    return int(text)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; its exit code."""
    arguments = build_parser().parse_args(argv)
    try:
        code: int = arguments.act(arguments)
    except RagAssistantError as error:
        _say(f"evals: {error.message}")
        if error.hint:
            _say(f"  {error.hint}")
        return error.exit_code if isinstance(error, UsageError) else _FAILED
    except KeyboardInterrupt:
        _say(
            "\nevals: Stopped. No report was written; embeddings made so far are kept.\n"
            "  Run the same command again to go on with them."
        )
        return _INTERRUPTED
    return code


# ---------------------------------------------------------------- run


def _run(arguments: argparse.Namespace) -> int:
    from evals import report

    suite = SUITES[arguments.suite]
    out = arguments.out or Path(f"evals-{suite.name}")
    for path in filter(None, (out / report.PAGE, arguments.json)):
        _check_writable(path)
    baseline = running.read(arguments.baseline) if arguments.baseline else None
    result = _measured(arguments, suite)
    compared = comparing.compare(baseline, result) if baseline else None
    if arguments.json:
        running.write(arguments.json, running.dumps(result))
    page = report.write(out, result, compared)
    for failure in result["failures"]:
        _say(f"evals: {failure['evaluator']} failed. {failure['error']}")
    if compared:
        print(report.compared(compared))
    print(f"Report: {page}")
    return _FAILED if result["failures"] or (compared and not compared.passes) else 0


def _bench(arguments: argparse.Namespace) -> int:
    from evals import environment, report
    from evals.bench import suite

    out = arguments.out or Path("evals-bench")
    for path in filter(None, (out / report.PAGE, arguments.json)):
        _check_writable(path)
    sizes = Sizes(**{size.name: getattr(arguments, size.name) for size in fields(Sizes)})
    found, backend = suite.run(arguments.names or [*BENCHMARKS], sizes, _say)
    installed = environment.installation("openvino", "nncf", "transformers", "numpy")
    result = found.to_dict(installed | {"backend": backend, "sizes": asdict(sizes)})
    if arguments.json:
        running.write(arguments.json, running.dumps(result))
    page = report.write(out, result)
    for failure in result["failures"]:
        _say(f"evals: {failure['evaluator']} failed. {failure['error']}")
    print(f"Report: {page}")
    return _FAILED if result["failures"] else 0


def _measured(arguments: argparse.Namespace, suite: Suite) -> dict[str, Any]:
    """The suite's result, as JSON states it."""
    from evals import environment
    from evals.embeddings import RememberingEmbedder

    settings = load_settings()
    answerer = arguments.answerer or suite.answerer
    model = _model(settings) if answerer == "ollama" else None
    cache = (arguments.cache or user_cache_path(_CACHE, appauthor=False)).absolute()
    embedder = RememberingEmbedder(_embedder(settings.embedding), cache / "embeddings.sqlite")
    bench = Workbench(
        data=arguments.data or sets.data_folder(),
        cache=cache,
        embedder=embedder,
        answerer=answerer,
        everything=suite.everything,
    )
    try:
        evaluators = {name: partial(evaluator, name) for name in suite.evaluators}
        result = running.run(suite.name, evaluators, bench, _say)
    finally:
        bench.close()
        embedder.close()
    return result.to_dict(
        environment.describe(
            settings,
            fingerprint=embedder.fingerprint,
            answerer=answerer,
            model=model,
            cache=cache,
        )
    )


def _embedder(settings: EmbeddingSettings) -> Embedder:
    """torch, by which figures of all computers compare, unless another backend is named.

    Raises:
        EmbeddingModelError: What is named cannot be used here.
    """
    from rag_assistant.embedding import backends, choosing, find_model

    files = find_model(settings)
    named = backends.REFERENCE if settings.backend == "auto" else settings.backend
    choosing.confirm(named, settings, files)
    return backends.make(named, files, settings)


def _model(settings: Settings) -> Model:
    """The language model that the suite needs.

    Raises:
        RagAssistantError: Ollama or the model is not there; the error says what helps.
    """
    from rag_assistant.models.ollama import connect

    return connect(settings.ollama)


def _check_writable(path: Path) -> None:
    """A run takes minutes: what cannot be written is said before it."""
    there = next(one for one in path.absolute().parents if one.exists())
    if path.is_dir() or not (there.is_dir() and os.access(there, os.W_OK)):
        raise UsageError(f"{path} cannot be written.", "Choose another place.")


# ---------------------------------------------------------------- compare, score


def _compare(arguments: argparse.Namespace) -> int:
    from evals import report

    found = comparing.compare(running.read(arguments.old), running.read(arguments.new))
    if arguments.json:
        print(json.dumps(found.to_dict(), indent=1))
    else:
        print(report.compared(found))
    return 0 if found.passes else _FAILED


def _score(arguments: argparse.Namespace) -> int:
    from evals import environment, report, scoring

    with _texts(arguments.data) as texts:
        metrics, faults = scoring.score(arguments.answers, texts)
    failures = [running.Failure(evaluator="score", error=fault) for fault in faults]
    result = running.Result(suite="score", metrics=metrics, failures=failures)
    plain = result.to_dict(environment.installation())
    if arguments.json:
        running.write(arguments.json, running.dumps(plain))
    print("\n\n".join(report.section("answers", plain["metrics"])))
    for fault in faults:
        _say(f"evals: {fault}")
    return _FAILED if faults else 0


@contextmanager
def _texts(data: Path | None) -> Iterator[Texts | None]:
    """The stored sections of a data folder, None without one."""
    from evals.scoring import stored_texts
    from rag_assistant.docstore import Docstore

    if data is None:
        yield None
        return
    if not Docstore.exists(data):
        raise UsageError(f"{data} is no data folder.", "Name the folder that the answers cite.")
    docstore = Docstore(data)
    try:
        yield stored_texts(docstore)
    finally:
        docstore.close()


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
