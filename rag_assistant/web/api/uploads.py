"""Files that the staff send over HTTP, where the configuration allows it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import asdict
from typing import Any

from anyio import CancelScope, to_thread
from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import JSONResponse, Response
from starlette.requests import ClientDisconnect

from rag_assistant.assistant import Assistant
from rag_assistant.config import Settings, UploadSettings
from rag_assistant.errors import NotFoundError
from rag_assistant.indexer import OnEvent
from rag_assistant.report import Report
from rag_assistant.web.api.problems import ForbiddenError
from rag_assistant.web.doors.access import Doorkeeper
from rag_assistant.web.indexing import Background
from rag_assistant.web.uploads import Arriving, Stored, Uploads, too_large

_CLIENT_HAS_GONE = 499  # nobody reads it
_CREATED, _DONE = 201, 200
_FOLDER = "/api/uploads/"


def larger_bodies(settings: UploadSettings) -> dict[str, int]:
    """Bytes that the guard lets through by path: a little more than is taken, to be told why."""
    return {_FOLDER: (settings.max_mb + 1) << 20} if settings.enabled else {}


class UploadRoutes:
    """The routes of uploads. Where they are off, they are not there."""

    def __init__(self, assistant: Assistant, settings: Settings, doorkeeper: Doorkeeper) -> None:
        self._assistant = assistant
        self._limits = settings.uploads
        self._doorkeeper = doorkeeper
        self._uploads = Uploads(assistant.docstore, settings.data, settings.uploads)
        self._background = Background(self._index)

    def router(self) -> APIRouter:
        """The routes; they begin and end with the server."""
        router = APIRouter(lifespan=self._lifespan())
        one = f"{_FOLDER}{{collection}}/{{name:path}}"
        router.add_api_route("/api/uploads", self.listed)
        router.add_api_route(one, self.put, methods=["PUT"], status_code=_CREATED)
        router.add_api_route(one, self.delete, methods=["DELETE"])
        return router

    def listed(self, request: Request) -> dict[str, Any]:
        """The files that were sent, and how far the indexing of each collection is."""
        self._require_staff(request)
        return {
            "max_mb": self._limits.max_mb,
            "max_files": self._limits.max_files,
            "collections": [
                {"id": name, "files": files, "indexing": self._indexing(name)}
                for name, files in self._uploads.listed().items()
            ],
        }

    async def put(self, collection: str, name: str, request: Request) -> Response:
        """Store the request's body as a file, for the staff, and index it in the background."""
        arriving = await to_thread.run_sync(self._begin, collection, name, request)
        try:
            async for chunk in request.stream():
                await to_thread.run_sync(arriving.write, chunk)
            stored = await to_thread.run_sync(arriving.keep)
        except BaseException as error:
            with CancelScope(shield=True):
                await to_thread.run_sync(arriving.discard)
            if isinstance(error, ClientDisconnect):
                return Response(status_code=_CLIENT_HAS_GONE)
            raise
        return self._told(stored)

    def delete(self, collection: str, name: str, request: Request) -> dict[str, Any]:
        """Delete a file that was sent, and what it gave."""
        self._require_staff(request)
        self._uploads.delete(collection, name)
        self._background.ask(collection)
        return {"collection": collection, "indexing": self._indexing(collection)}

    def _begin(self, collection: str, name: str, request: Request) -> Arriving:
        self._require_staff(request)
        length = request.headers.get("content-length", "")
        if length.isdigit() and int(length) > self._uploads.most:
            raise too_large(self._uploads.most)
        return self._uploads.arriving(collection, name)

    def _told(self, stored: Stored) -> Response:
        self._background.ask(stored.collection)
        told = {
            "collection": stored.collection,
            "name": stored.name,
            "bytes": stored.size,
            "sha256": stored.sha256,
            "replaced": stored.replaced,
            "indexing": self._indexing(stored.collection),
        }
        return JSONResponse(told, status_code=_DONE if stored.replaced else _CREATED)

    def _require_staff(self, request: Request) -> None:
        if not self._limits.enabled:
            raise NotFoundError("There is nothing here.")
        if self._doorkeeper.audience(request.headers, request.cookies) != "staff":
            raise ForbiddenError("Only staff may send files.", "Open the staff link.")

    def _indexing(self, collection: str) -> dict[str, Any] | None:
        state = self._background.state(collection)
        return asdict(state) if state else None

    def _index(self, collection: str, on_event: OnEvent) -> Report:
        """Bring a collection up to date; what a person deletes may be all of it."""
        folder = self._uploads.folder(collection)
        return self._assistant.index([folder], yes=True, on_event=on_event)

    def _lifespan(self) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
        @asynccontextmanager
        async def lifespan(_: FastAPI) -> AsyncIterator[None]:
            await to_thread.run_sync(self._uploads.sweep)
            try:
                yield
            finally:
                with CancelScope(shield=True):
                    await to_thread.run_sync(self._background.close)

        return lifespan
