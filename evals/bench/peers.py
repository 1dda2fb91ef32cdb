"""The four archives on which a peer was measured: a whole run, and the pages that it keeps."""

from __future__ import annotations

import shutil

from evals import sets
from evals.bench import measuring
from evals.bench.bench import Bench
from evals.measures import Measure
from rag_assistant.errors import NotFoundError

_ARCHIVES = ("example", "example.docs", "example.pdf", "example.txt")
PEER_S, PEER_PAGES = 136.0, 91
"""What the nearest peer needs on two cores with the same model, and the pages that it keeps."""


def measure(bench: Bench) -> dict[str, Measure]:
    """``bench.archives.…``: seconds of a whole run, and pages (captures of a text) kept."""
    bench.prepared()
    folder = bench.empty("archives")
    source = sets.data_folder() / "web-archives" / "aut"
    for name in _ARCHIVES:
        path = source / f"{name}.warc.gz"
        if not path.is_file():
            raise NotFoundError(f"There is no {path}.", "Set RAG_EVALS_DATA to the folder of sets.")
        (folder / "crawl").mkdir(exist_ok=True)
        shutil.copy(path, folder / "crawl")
    run = measuring.run(folder, "--data", folder / "data", "index", folder / "crawl", "--json")
    report = measuring.report_of(run)
    return {
        "bench.archives.whole_s": measuring.once(run.seconds, len(_ARCHIVES)),
        "bench.archives.share_of_peer": measuring.once(run.seconds / PEER_S, len(_ARCHIVES)),
        "bench.archives.pages": measuring.once(report["captures"], len(_ARCHIVES)),
        "bench.archives.documents": measuring.once(report["documents"]["added"], len(_ARCHIVES)),
    }
