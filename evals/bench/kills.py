"""`index`, killed at random moments and begun again, against a run that nothing disturbed.

There are three kinds of rounds: a machine on which no backend was measured yet; a new data folder;
and one whose indexes are lost and built anew, so large that Chroma writes its graph.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from random import Random

from evals.bench import measuring
from evals.bench.archive import build
from evals.bench.bench import NOTES, Bench
from evals.bench.leftovers import Comparison
from evals.bench.notes import write_chronicles, write_notes
from evals.measures import Measure
from rag_assistant.errors import RagAssistantError

_NOTES, _PAGES = 60, 20
_PICTURE = 60_000  # bytes of a picture behind each page: with them the archive exceeds 1 MiB
_KILL = getattr(signal, "SIGKILL", signal.SIGTERM)  # on Windows both end a process at once
_WRITING = 0.05  # seconds that writing the graph takes, about
_LOOK = 0.002  # seconds between two looks at its files
_MEASURING = 25.0  # seconds that a run takes which measures the backends, about
_ROUNDS = (
    ("unmeasured", 2),
    ("new", 2),
    ("lost_indexes", 2),
    ("new", 7),
    ("lost_indexes", 4),
    ("new", 8),
)
"""What a round begins with, and how many of its runs are killed at most; again and again."""


@dataclass(slots=True, kw_only=True)
class Kind:
    """How rounds of a kind begin, and what their last run must come to.

    Attributes:
        collection: What is indexed.
        whole: The data folder of a run that nothing disturbed; where backends are measured it is
            made last, by the backend that the rounds came to.
        lasted: Seconds that a run takes.
        base: A data folder that each round begins with, and every other kill comes while the
            graph is written; None for an empty one.
        measured: The cache folder in which backends are measured already. None begins each round
            with an empty one, and kills all processes of a run together; else a run's children are
            left to see by themselves that it is gone.
        rounds: The data folders of the rounds.
    """

    collection: Path
    whole: Path
    lasted: float = 0.0
    base: Path | None = None
    measured: Path | None = None
    rounds: list[Path] = field(default_factory=list)

    def new_round(self) -> Path:
        """The data folder of the next round, not yet there or a copy of the base."""
        data = self.whole.with_name(f"killed-{len(self.rounds)}") / "data"
        data.parent.mkdir()
        if self.base:
            shutil.copytree(self.base, data)
        self.rounds.append(data)
        return data

    @property
    def cache(self) -> Path:
        """The cache folder of the latest round."""
        return self.measured or self.rounds[-1].parent / "cache"


def measure(bench: Bench) -> dict[str, Measure]:
    """``bench.kills.…``: kills, and what was the same in every folder that then was completed."""
    folder = bench.empty("kills")
    first = _unmeasured(bench.empty("kills/unmeasured"))
    kinds = {"unmeasured": first}
    makers: dict[str, Callable[[Path], Kind]] = {
        "new": lambda made: _new(made, first.cache),
        "lost_indexes": lambda made: _lost_indexes(made, first.cache, bench.sizes.lost),
    }
    draw = Random(20_26)  # noqa: S311 - repeatable moments, not secrets
    tally: Counter[str] = Counter()
    for name, most in cycle(_ROUNDS):
        left = bench.sizes.kills - tally["kills"]
        if not left:
            break
        # A run may end before it is struck: one kill is kept for each of the other kinds.
        left -= sum(one != name and not tally[f"kills_{one}"] for one in dict(_ROUNDS))
        if left <= 0:
            continue
        if name not in kinds:
            kinds[name] = makers[name](bench.empty(f"kills/{name}"))
        kind = kinds[name]
        struck = kill_until_done(kind, kind.new_round(), draw, min(left, most))
        tally += struck
        tally[f"kills_{name}"] += struck["kills"]
    rounds: list[Comparison] = []
    for kind in kinds.values():
        if not kind.whole.exists():
            _undisturbed(kind)
        told = measuring.told(
            "evals.bench.leftovers", folder, kind.whole, *kind.rounds, cache=kind.cache
        )
        rounds += [Comparison(**one) for one in told["rounds"]]
    return figures(tally, rounds)


def figures(tally: Counter[str], rounds: list[Comparison]) -> dict[str, Measure]:
    """The counts of kills, and the worst of each comparison."""
    found: dict[str, float] = {
        "kills_at_graph": 0,
        **tally,
        "rounds": len(rounds),
        "rounds_that_lost": sum(not one.holds for one in rounds),
        "healthy": min(one.healthy for one in rounds),
        "same_documents": min(one.stored for one in rounds),
        "same_lexical_results": min(one.lexical for one in rounds),
        "least_cosine": min(one.cached for one in rounds),
        "least_cosine_in_index": min(one.indexed for one in rounds),
        "least_recall@10": min(one.recall for one in rounds),
    }
    return {
        f"bench.kills.{name}": measuring.once(one, tally["kills"]) for name, one in found.items()
    }


# ---------------------------------------------------------------- rounds


def _new(folder: Path, measured: Path) -> Kind:
    """Notes and an archive that all reading processes share, into an empty folder."""
    collection = folder / "town"
    write_notes(collection, _NOTES)
    build(collection / "crawl.warc.gz", _PAGES, picture=_PICTURE)
    return _undisturbed(Kind(collection=collection, whole=folder / "whole", measured=measured))


def _lost_indexes(folder: Path, measured: Path, number: int) -> Kind:
    """So many passages, stored and with their vectors cached, without their indexes."""
    collection, base = folder / "chronicles", folder / "base"
    write_chronicles(collection, number)
    measuring.told("evals.bench.made_up", folder, base, collection)
    shutil.rmtree(base / "indexes")
    whole = Path(shutil.copytree(base, folder / "whole"))
    return _undisturbed(Kind(collection=collection, whole=whole, base=base, measured=measured))


def _unmeasured(folder: Path) -> Kind:
    """A few notes, by runs that have to measure the backends first."""
    notes = folder / "notes"
    write_notes(notes, NOTES)
    return Kind(collection=notes, whole=folder / "whole", lasted=_MEASURING)


def _undisturbed(kind: Kind) -> Kind:
    """The kind, its run that nothing disturbs made."""
    command = ("--data", kind.whole, "index", kind.collection)
    kind.lasted = measuring.run(kind.collection.parent, *command, cache=kind.cache).seconds
    return kind


def kill_until_done(kind: Kind, data: Path, draw: Random, most: int) -> Counter[str]:
    """Index again and again, and kill each run at a moment of its life, until one is done.

    Args:
        kind: What is indexed, and how it is killed.
        data: A data folder; the last run leaves it complete.
        draw: Draws the moments, from the start of the process on.
        most: Kills, at most; then a run is left to end.

    Returns:
        How many runs were killed, and how many ``kills_at_graph``.
    """
    tally: Counter[str] = Counter()
    while tally["kills"] < most:
        with _begun(kind, data) as process:
            moment = draw.uniform(0, kind.lasted)
            at_graph = (
                kind.base is not None and tally["kills"] % 2 == 1 and _graph_grows(process, data)
            )
            with suppress(subprocess.TimeoutExpired):
                process.wait(draw.uniform(0, _WRITING) if at_graph else moment)
        if process.returncode == 0:
            return tally
        if process.returncode != -_KILL:
            raise RagAssistantError(f"`index` after {tally['kills']} kills failed by itself.")
        tally["kills"] += 1
        tally["kills_at_graph"] += at_graph
    with _begun(kind, data) as process:
        if process.wait():
            raise RagAssistantError(f"`index` after {most} kills ended with {process.returncode}.")
    return tally


@contextmanager
def _begun(kind: Kind, data: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`index`, in a process and a group of its own, that is killed at the end of the block."""
    arguments = ["--data", str(data), "index", str(kind.collection), "--json"]
    process = subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-m", "rag_assistant", *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=data.parent,
        env=measuring.environment(kind.cache),
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None and kind.measured is None and hasattr(os, "killpg"):
            os.killpg(process.pid, _KILL)
        else:
            process.send_signal(_KILL)  # nothing, where it has ended by itself
        process.wait()


def _graph_grows(process: subprocess.Popen[bytes], data: Path) -> bool:
    """Wait until Chroma writes its graph; False where the process ends before."""
    seen: dict[Path, int] = {}
    while process.poll() is None:
        for path in data.glob("indexes/vectors/*/*/data_level0.bin"):
            with suppress(FileNotFoundError):
                size = path.stat().st_size
                if size > seen.get(path, size):
                    return True
                if size:  # a new graph's file is made empty and at once given its first places
                    seen.setdefault(path, size)
        time.sleep(_LOOK)
    return False
