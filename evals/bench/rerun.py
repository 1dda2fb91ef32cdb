"""What it takes to index a collection again in which nothing has changed."""

from __future__ import annotations

from evals.bench import measuring
from evals.bench.bench import Bench
from evals.bench.notes import write_notes
from evals.measures import Measure
from rag_assistant.errors import RagAssistantError


def measure(bench: Bench) -> dict[str, Measure]:
    """``bench.rerun.…``: seconds of both runs, and the second's share of the first."""
    folder = bench.empty("rerun")
    number = bench.sizes.documents
    bench.prepared()
    write_notes(folder / "notes", number)
    command = ("--data", folder / "data", "index", folder / "notes", "--json")
    first = measuring.run(folder, *command)
    again = measuring.run(folder, *command)
    counts = measuring.report_of(again)["documents"]
    if counts["unchanged"] != number:
        raise RagAssistantError(f"Of {number} unchanged documents the second run found {counts}.")
    return {
        "bench.rerun.first_s": measuring.once(first.seconds, number),
        "bench.rerun.again_s": measuring.once(again.seconds, number),
        "bench.rerun.share": measuring.once(again.seconds / first.seconds, number),
    }
