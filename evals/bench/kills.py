"""`index`, killed at random moments and begun again, against a run that nothing disturbed."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path
from random import Random

from evals.bench import leftovers, measuring, prose
from evals.bench.archive import build
from evals.bench.bench import Bench
from evals.bench.leftovers import Comparison
from evals.bench.notes import write_notes
from evals.measures import Measure
from rag_assistant.errors import RagAssistantError

_NOTES, _PAGES = 150, 40
_KILL = getattr(signal, "SIGKILL", signal.SIGTERM)  # on Windows both end a process at once


def measure(bench: Bench) -> dict[str, Measure]:
    """``bench.kills.…``: kills, and what was the same in every folder that then was completed."""
    bench.prepared()
    folder = bench.empty("kills")
    collection = town(folder / "town", _NOTES, _PAGES)
    whole = folder / "whole"
    lasted = measuring.run(folder, "--data", whole, "index", collection, "--json").seconds
    words = sorted({word for words in prose.ENGLISH.topics.values() for word in words})[::3]
    draw = Random(20_26)  # noqa: S311 - repeatable moments, not secrets
    killed, rounds = 0, list[Comparison]()
    while killed < bench.sizes.kills:
        data = folder / f"killed-{len(rounds)}"
        killed += kill_until_done(collection, data, draw, lasted, bench.sizes.kills - killed)
        rounds.append(leftovers.compare(whole, data, words))
    lost = sum(not one.holds for one in rounds)
    figures = {
        "kills": killed,
        "rounds": len(rounds),
        "rounds_that_lost": lost,
        "healthy": min(one.healthy for one in rounds),
        "same_documents": min(one.stored for one in rounds),
        "same_lexical_results": min(one.lexical for one in rounds),
        "least_cosine": min(one.cosine for one in rounds),
        "least_recall@10": min(one.recall for one in rounds),
    }
    return {f"bench.kills.{name}": measuring.once(one, killed) for name, one in figures.items()}


def town(folder: Path, notes: int, pages: int) -> Path:
    """A public collection of notes and a small archive."""
    write_notes(folder, notes)
    build(folder / "crawl.warc.gz", pages)
    return folder


def kill_until_done(collection: Path, data: Path, draw: Random, lasted: float, most: int) -> int:
    """Index again and again, and kill each run at a random moment, until one is done.

    Args:
        collection: What is indexed.
        data: A data folder; the last run leaves it complete.
        draw: Draws the moments.
        lasted: Seconds that a whole run takes.
        most: Kills, at most; then a run is left to end.

    Returns:
        How many runs were killed.
    """
    killed = 0
    while killed < most:
        process = _begin(collection, data)
        assert process.stdout is not None  # noqa: S101 - it was asked for
        process.stdout.readline()  # it has begun
        time.sleep(draw.uniform(0.05, lasted))
        process.send_signal(_KILL)
        process.communicate()
        if process.returncode == 0:
            return killed
        if process.returncode != -_KILL:
            raise RagAssistantError(f"`index` after {killed} kills ended by itself and failed.")
        killed += 1
    process = _begin(collection, data)
    process.communicate()
    if process.returncode:
        raise RagAssistantError(f"`index` after {killed} kills ended with {process.returncode}.")
    return killed


def _begin(collection: Path, data: Path) -> subprocess.Popen[bytes]:
    """`index`, in a process of its own that is not waited for."""
    arguments = ["--data", str(data), "index", str(collection), "--json"]
    return subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-m", "rag_assistant", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=data.parent,
        env=measuring.environment(),
    )
