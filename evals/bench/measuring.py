"""How times and memory are taken, and how a command of the product is run to be measured."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from evals.measures import Measure, statistic
from rag_assistant.errors import RagAssistantError

_ROOT = Path(__file__).parents[2]
_OWN_PEAK = Path("/proc/self/status")
_THOUSAND, _MILLION = 1_000, 1_000_000
_PATIENCE = 3 * 3600.0  # seconds; a command that hangs longer than any benchmark lasts is ended


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What a process that ran one command says of itself.

    ``seconds`` are from its start to its end, ``cpu`` and ``children`` processor seconds of its
    own and of the processes that it waited for, ``peak`` its own largest memory in bytes, and
    ``torch`` whether it imported torch. ``out`` is what it printed.
    """

    seconds: float
    cpu: float
    children: float
    peak: int
    torch: bool
    out: str


def run(folder: Path, *arguments: str | Path, cache: Path | None = None) -> Run:
    """Run ``rag-assistant`` in a process of its own, to its end.

    Args:
        folder: Where the process works and leaves what it says of itself; no ``rag.toml`` is there.
        arguments: As on the command line.
        cache: As for `own_cache`; None leaves it where it is.

    Raises:
        RagAssistantError: It failed.
    """
    started = time.monotonic()
    out, facts = _ran("evals.bench.child", folder, *arguments, cache=cache)
    return Run(seconds=time.monotonic() - started, out=out, **facts)


def told(
    module: str, folder: Path, *arguments: str | Path, cache: Path | None = None
) -> dict[str, Any]:
    """What a module of ours tells of the work that it did in a process of its own.

    So it has no settings of whoever runs the benchmarks, neither ``RAG_*`` nor a ``rag.toml``.

    Raises:
        RagAssistantError: It failed.
    """
    return _ran(module, folder, *arguments, cache=cache)[1]


def _ran(
    module: str, folder: Path, *arguments: str | Path, cache: Path | None = None
) -> tuple[str, dict[str, Any]]:
    """What the process printed, and the facts that it left in its first argument's file."""
    facts = folder / "told.json"
    facts.unlink(missing_ok=True)
    done = subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-m", module, str(facts), *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=folder,
        env=environment(cache),
        timeout=_PATIENCE,
        check=False,
    )
    if done.returncode or not facts.is_file():
        raise RagAssistantError(
            f"`{module} {' '.join(map(str, arguments))}` ended with {done.returncode}: "
            f"{done.stderr.strip()[-500:]}"
        )
    return done.stdout, json.loads(facts.read_text(encoding="utf-8"))


def environment(cache: Path | None = None) -> dict[str, str]:
    """The environment of a measured process: no settings of whoever runs the benchmarks.

    Args:
        cache: As for `own_cache`; None leaves it where it is.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RAG_")}
    kept |= {"PYTHONPATH": str(_ROOT), "HF_HUB_OFFLINE": "1"}
    return kept | (_keeping_in(cache) if cache else {})


@contextmanager
def own_cache(cache: Path) -> Iterator[None]:
    """Within, this process and those it starts keep in ``cache`` what they measure and convert.

    So what was once measured on this machine, perhaps while it was busy, decides nothing. It is
    heeded where ``XDG_CACHE_HOME`` is.
    """
    before = dict(os.environ)
    os.environ.update(_keeping_in(cache))
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _keeping_in(cache: Path) -> dict[str, str]:
    persons = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    hub = os.environ.get("HF_HOME") or str(
        persons / "huggingface"
    )  # its models stay where they are
    return {"XDG_CACHE_HOME": str(cache), "HF_HOME": hub}


def report_of(done: Run) -> dict[str, Any]:
    """The report with which ``index --json`` ends."""
    report: dict[str, Any] = json.loads(done.out.splitlines()[-1])
    return report


def once(value: float, n: int) -> Measure:
    """A figure of one run: it has no interval."""
    return Measure(value=value, low=value, high=value, n=n)


def span_of(values: Sequence[float], n: int) -> Measure:
    """The mean of a few samples, with the least and the greatest of them."""
    return Measure(value=sum(values) / len(values), low=min(values), high=max(values), n=n)


def size_name(number: int) -> str:
    """A size as figures are named by it: "100k" or "1m"."""
    for unit, name in ((_MILLION, "m"), (_THOUSAND, "k")):
        if number >= unit:
            return f"{number // unit}{name}"
    return str(number)


def mean_of(values: Sequence[float]) -> Measure:
    """The mean of some rounds, with its interval."""
    found = np.array(values)
    return statistic(values, lambda chosen: float(found[chosen].mean()))


def percentile(times: Sequence[float], which: float) -> Measure:
    """A percentile of the times, with its interval."""
    found = np.array(times)
    return statistic(times, lambda chosen: float(np.percentile(found[chosen], which)))


def seconds(act: Callable[[], object]) -> float:
    """How long it takes."""
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def size_of(folder: Path) -> int:
    """Bytes of a file, or of all files below a folder."""
    if folder.is_file():
        return folder.stat().st_size
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def cores() -> int:
    """Processors that this process may use."""
    usable = getattr(os, "sched_getaffinity", None)
    return len(usable(0)) if usable else os.cpu_count() or 1


def peak_memory() -> int:
    """This process's own peak in bytes. Linux's getrusage also counts who started it."""
    if _OWN_PEAK.is_file():
        words = dict(line.split(":", 1) for line in _OWN_PEAK.read_text().splitlines())
        return int(words["VmHWM"].split()[0]) * 1024
    import resource  # not on Windows

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
