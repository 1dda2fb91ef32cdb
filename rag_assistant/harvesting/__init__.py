"""Harvesting a repository by OAI-PMH: its records become files of a folder, kept up to date.

Each record is one file, named after its identifier, so that a later harvest replaces it; what the
repository says is deleted keeps a file that says so. Nothing of it needs an index: the folder is
indexed like any other.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace
from pathlib import Path

from rag_assistant.errors import HarvestError, UsageError
from rag_assistant.harvesting.http import Repository
from rag_assistant.harvesting.responses import Page, read_identity, read_page
from rag_assistant.harvesting.store import Store, Wanted

__all__ = ["Harvested", "Wanted", "harvest"]

_GO_ON = "Run the same command again to go on."
_NOTHING = "noRecordsMatch"
_FORGOTTEN = "badResumptionToken"


@dataclass(frozen=True, slots=True, kw_only=True)
class Harvested:
    """How far a harvest is, after each response.

    Attributes:
        records: Records written in this run.
        deleted: Records that the repository says are deleted.
        nameless: Records that were left out, since they have no identifier.
        total: How many the repository says there are, None where it does not.
        since: From which date on it is asked, "" from the beginning.
        resumed: Whether this run goes on where an earlier one stopped.
        keeps_deleted: Whether the repository tells of deletions at all.
        done: Whether this was the last response.
    """

    records: int = 0
    deleted: int = 0
    nameless: int = 0
    total: int | None = None
    since: str = ""
    resumed: bool = False
    keeps_deleted: bool = True
    done: bool = False


def harvest(wanted: Wanted, folder: Path) -> Generator[Harvested]:
    """Bring a folder up to date with a repository; one step for each response.

    What came before is kept however it ends. A harvest that was stopped goes on after its last
    whole response; one that was finished asks for what has changed since.

    Args:
        wanted: What to ask for.
        folder: Where the records go; made if it is missing.

    Raises:
        UsageError: The address or a date is wrong, the folder holds another harvest, or the
            repository does not know what is asked of it.
        BusyError: Another harvest writes to the folder.
        HarvestError: The repository cannot be reached, or what it says is damaged.
    """
    store = Store(folder, wanted)
    with Repository(wanted.url) as repository, store.held():
        identity = read_identity(repository.get({"verb": "Identify"}))
        so_far = Harvested(
            since=store.since,
            resumed=bool(store.token),
            keeps_deleted=identity.keeps_deleted,
        )
        seen: set[str] = set()
        while not so_far.done:
            page = _next_page(repository, store, day_only=identity.day_only)
            if page.token in seen:
                raise HarvestError(f"The repository repeats itself after {so_far.records} records.")
            if page.token:
                seen.add(page.token)
            store.keep(page)
            so_far = _counted(so_far, page)
            yield so_far


def _next_page(repository: Repository, store: Store, *, day_only: bool) -> Page:
    """The response after the last one that is kept."""
    page = _page(repository, store, day_only=day_only)
    if page.error == _FORGOTTEN and store.token:  # tokens expire: then from the beginning
        store.forget_token()
        page = _page(repository, store, day_only=day_only)
    if page.error and page.error != _NOTHING:
        raise UsageError(
            f"The repository refuses: {page.message or page.error}.",
            "See what it offers by opening its address with ?verb=ListMetadataFormats"
            " or ?verb=ListSets in a browser.",
        )
    return page


def _page(repository: Repository, store: Store, *, day_only: bool) -> Page:
    if store.token:
        asked = {"verb": "ListRecords", "resumptionToken": store.token}
    else:
        asked = {"verb": "ListRecords"} | store.selection(day_only=day_only)
    return read_page(repository.get(asked), hint=_GO_ON)


def _counted(so_far: Harvested, page: Page) -> Harvested:
    return replace(
        so_far,
        records=so_far.records + sum(not one.deleted for one in page.records),
        deleted=so_far.deleted + sum(one.deleted for one in page.records),
        nameless=so_far.nameless + page.nameless,
        total=page.total or so_far.total,
        done=not page.token,
    )
