"""A running `rag-assistant serve`, and a small town whose documents differ in what may be shown."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import httpx

from rag_assistant import Assistant
from rag_assistant.config import Settings
from rag_assistant.owner import OwnerLock

_PATIENCE = 60

# Each document with a restriction holds a word that stands nowhere else.
STAFF, CLOSED, LISTED, SILENT, VAULT = (
    "quillfeather",
    "marrowstone",
    "thistledown",
    "bramblewick",
    "candlemere",
)
QUOTABLE = "saltpetre"
_PUBLIC_FILES = {
    "bridge.md": """---
title: The iron bridge
creator: "Venn, Ada"
date: "1868"
identifiers: {id: town-1}
---
The iron bridge was opened on 4 May 1868 by the mayor, Ada Venn. It cost nine thousand pounds.
""",
    "mill.md": """---
title: The paper mill
date: "1902"
---
The paper mill by the weir burnt down in 1902 and was never rebuilt.

The fire began in the rag loft. Nobody was hurt. Ledgers and wallpaper were its trade for sixty
years. Barges brought coal to it from Senn Quay.
""",
    "staff.md": f"""---
title: Letter about {STAFF}
access: staff
---
The {STAFF} affair of 1871 was settled by the bridge committee in private.
""",
    "closed.md": f"""---
title: Register of {CLOSED}
closed_until: "2990-01-01"
---
The {CLOSED} register names everyone who was paid for the iron bridge.
""",
    "listed.md": f"""---
title: Sick club register
use: list
---
The {LISTED} fever of 1877 is told here, family by family.
""",
    "silent.md": f"""---
title: Book of {SILENT}
use: none
---
The {SILENT} book must not be shown at all.
""",
    "quoted.md": f"""---
title: Memories of the mill
use: quote
notices:
  - {{type: Content notice, text: This account names the dead., community: The Weir families}}
---
The {QUOTABLE} was kept in the cellar of the paper mill, as my grandmother told me.
""",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A server process that is ready. ``link`` is the one-time staff link."""

    process: subprocess.Popen[str]
    address: str
    link: str
    data: Path
    errors: IO[str]

    @property
    def token(self) -> str:
        """The owner's token, as only the operator can read it, once the server owns."""
        lock = OwnerLock(self.data)
        deadline = time.monotonic() + _PATIENCE
        while (card := lock.read_card()) is None or not card.token:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        return card.token

    def client(self, *, owner: bool = False) -> httpx.Client:
        """A client of the public's, or of the operator's."""
        headers = {"Authorization": f"Bearer {self.token}"} if owner else {}
        return httpx.Client(base_url=self.address, headers=headers, timeout=120, trust_env=False)

    def stop(self) -> tuple[int, str]:
        """End it as a service manager does; its exit code and all that it has written."""
        self.process.send_signal(signal.SIGTERM)
        out, _ = self.process.communicate(timeout=60)
        return self.process.returncode, out + self.logged()

    def logged(self) -> str:
        """All that it has written to standard error so far."""
        descriptor = self.errors.fileno()
        return os.pread(descriptor, os.fstat(descriptor).st_size, 0).decode(errors="replace")


def write_collection(folder: Path, files: dict[str, str], *config: str) -> Path:
    """Make a collection's folder; ``config`` are lines of its ``collection.toml``."""
    folder.mkdir(parents=True)
    (folder / "collection.toml").write_text("\n".join(config), encoding="utf-8")
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def index_town(folder: Path) -> Settings:
    """Index the town, and a collection that is the staff's alone; settings of the data folder."""
    town = write_collection(
        folder / "town",
        _PUBLIC_FILES,
        'id = "town"',
        'title = "Town papers"',
        'access = "public"',
        'catalogue_url = "https://catalogue.example.org/{id}"',
        'contact = "desk@library.example.org"',
    )
    vault = write_collection(
        folder / "vault",
        {"secret.md": f"The {VAULT} papers tell who paid for the iron bridge."},
        'id = "vault"',
        f'title = "{VAULT} papers"',
    )
    settings = Settings(data=folder / "data")
    with Assistant(settings) as assistant:
        report = assistant.index([town, vault])
        assert report.outcomes.failed == {}
    return settings


@contextlib.contextmanager
def serving(
    data: Path, *options: str, browser: bool = False, **environment: str
) -> Iterator[Served]:
    """Run the server on a free port until the block ends; it opens a browser only if told so.

    Tests may ask as often as they like, and a model may be as slow as the computer makes it.
    """
    environment = {
        "RAG_LIMITS__TRUSTED_NETWORKS": '["127.0.0.1/32"]',
        "RAG_ANSWER__PATIENCE": "3600",
    } | environment
    command = [sys.executable, "-m", "rag_assistant", "--data", str(data)]
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("RAG_") or name == "RAG_EMBEDDING__BACKEND"
    }
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8") as errors,  # a pipe would fill
        subprocess.Popen(
            [*command, "serve", "--port", "0", *([] if browser else ["--no-browser"]), *options],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            cwd=data,  # no rag.toml there
            env=kept | {"HF_HUB_OFFLINE": "1"} | environment,
        ) as process,
    ):
        assert process.stdout is not None
        try:
            address = process.stdout.readline().split()[-1]
            link = process.stdout.readline().split()[-1]
            yield Served(process=process, address=address, link=link, data=data, errors=errors)
        finally:
            if process.poll() is None:
                process.terminate()
                process.communicate(timeout=60)
