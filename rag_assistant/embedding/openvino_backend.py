"""Vectors from OpenVINO: the model's tokenizer and a converted model, no torch."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, LifoQueue
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from rag_assistant.config import EmbeddingSettings
from rag_assistant.embedding import model as model_files
from rag_assistant.embedding.local import LocalEmbedder
from rag_assistant.embedding.model import ModelFiles
from rag_assistant.embedding.openvino_model import MODEL, Weights, find, library
from rag_assistant.embedding.tokenizer import read_tokenizer
from rag_assistant.errors import EmbeddingModelError
from rag_assistant.ports import Vectors

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

Precision = Literal["f32", "bf16", "int8"]

# A shared library that is missing, a processor that it does not know, half of the package left.
_FAULTS = (ImportError, OSError, RuntimeError, AttributeError)
_STEP = 16  # lengths are its multiples: OpenVINO keeps memory for each shape that it has seen
_BATCH_TOKENS = 2048  # about: measured no slower than larger ones, and sooner done


@dataclass(frozen=True, slots=True, kw_only=True)
class _Loaded:
    tokenizer: Tokenizer
    padding: int
    limit: int
    requests: _Requests
    streams: int


class _Requests:
    """Inference requests, which are used again and again: a new one must be given memory first.

    There are two for each stream of the processor, so that none waits for Python.
    """

    def __init__(self, compiled: Any, streams: int) -> None:
        self._idle: LifoQueue[Any] = LifoQueue()
        for _ in range(2 * streams):
            self._idle.put(compiled.create_infer_request())

    def take(self, *, wait: bool) -> Any | None:
        """One that is idle; None where none is and one need not wait."""
        try:
            return self._idle.get(block=wait)
        except Empty:
            return None

    def give_back(self, request: Any) -> None:
        """It is idle again."""
        self._idle.put(request)


class OpenVinoEmbedder(LocalEmbedder):
    """The same model, quicker. It is converted by `openvino_model.converted`, never here.

    Args:
        files: The model.
        settings: Prefixes, length limit, batch size and threads.
        precision: What is multiplied: fp32, bfloat16, or weights of eight bits.
        cache: Where converted models are kept; None takes the person's cache folder.
    """

    def __init__(
        self,
        files: ModelFiles,
        settings: EmbeddingSettings,
        precision: Precision = "f32",
        *,
        cache: Path | None = None,
    ) -> None:
        super().__init__(files, settings)
        self._precision = precision
        self._cache = cache
        self._lock = Lock()
        self._model: _Loaded | None = None

    def _compute(self, texts: Sequence[str]) -> Vectors:
        model = self._loaded()
        encodings = model.tokenizer.encode_batch(list(texts))
        vectors = np.empty((len(texts), self._dimension), dtype=np.float32)

        running: deque[tuple[Any, list[int]]] = deque()

        def finish() -> None:
            request, places = running.popleft()
            try:
                request.wait()
                vectors[places] = request.get_output_tensor(0).data
            finally:
                model.requests.give_back(request)

        # No callbacks, and so no AsyncInferQueue: its own threads were seen to wait for Python
        # while Python waited for them to end.
        try:
            for places in _batches(encodings, self._settings.batch_size, model.streams):
                while (request := model.requests.take(wait=not running)) is None:
                    finish()
                running.append((request, places))
                chosen = [encodings[place] for place in places]
                request.start_async(_padded(chosen, model.padding, model.limit))
            while running:
                finish()
        finally:
            while running:  # only after an error
                with suppress(Exception):
                    finish()
        return vectors

    def load(self) -> None:
        self._loaded()

    def _loaded(self) -> _Loaded:
        with self._lock:
            if self._model is None:
                self._model = self._load()
            return self._model

    def _load(self) -> _Loaded:
        tokenizer = read_tokenizer(self._files.tokenizer)
        limit = model_files.token_limit(self._files, self._settings.max_tokens)
        tokenizer.enable_truncation(limit)
        folder = find(self._files, weights_of(self._precision), self._cache)
        if folder is None:
            raise EmbeddingModelError(
                f"{self._files.name} is not converted for OpenVINO, or the copy is damaged.",
                "rag-assistant index FOLDER",
            )
        try:
            compiled = library().Core().compile_model(folder / MODEL, "CPU", self._configuration())
            dimension = compiled.output(0).get_partial_shape()[1].get_length()
            streams = compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS")
        except _FAULTS as error:
            raise EmbeddingModelError(
                f"OpenVINO cannot open {self._files.name}: {_last_line(error)}.",
                "Choose again: rag-assistant repair --backend auto",
            ) from error
        self._check_dimension(dimension)
        return _Loaded(
            tokenizer=tokenizer,
            padding=model_files.padding_token(self._files),
            limit=limit,
            requests=_Requests(compiled, streams),
            streams=streams,
        )

    def _configuration(self) -> dict[str, Any]:
        configuration: dict[str, Any] = {"PERFORMANCE_HINT": "THROUGHPUT"}
        if self._precision != "int8":  # there the processor's own best is right for what is left
            configuration["INFERENCE_PRECISION_HINT"] = self._precision
        if self._settings.threads is not None:
            configuration["INFERENCE_NUM_THREADS"] = self._settings.threads
        return configuration


def weights_of(precision: Precision) -> Weights:
    """The form of the weights that this precision needs."""
    return "int8" if precision == "int8" else "f32"


def abilities() -> list[str]:
    """What OpenVINO can multiply on this processor, "BF16" for one.

    Raises:
        EmbeddingModelError: OpenVINO is installed but cannot be loaded.
    """
    try:
        return list(library().Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES"))
    except _FAULTS as error:
        raise EmbeddingModelError(
            f"OpenVINO cannot be loaded: {_last_line(error)}.",
            "pip install --force-reinstall openvino",
        ) from error


def _last_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[-1].rstrip(".")


def _batches(encodings: Sequence[Encoding], most: int, streams: int) -> Iterator[list[int]]:
    """Places of texts of like length, the longest first, so that the last batch is a quick one.

    Where there are few batches they are made smaller, so that every stream has as many of them.
    """
    order = sorted(range(len(encodings)), key=lambda place: -len(encodings[place].ids))
    total = sum(len(encoding.ids) for encoding in encodings)
    rounds = math.ceil(total / (_BATCH_TOKENS * streams))
    share = total / max(1, rounds * streams)
    while order:
        longest = max(1, len(encodings[order[0]].ids))
        size = max(1, min(most, round(share / longest)))
        yield order[:size]
        order = order[size:]


def _padded(encodings: Sequence[Encoding], padding: int, limit: int) -> dict[str, Any]:
    """Token ids and mask of shape (texts, longest text or a few more)."""
    longest = max(len(encoding.ids) for encoding in encodings)
    shape = len(encodings), min(-(-longest // _STEP) * _STEP, limit)
    ids, mask = np.full(shape, padding, dtype=np.int64), np.zeros(shape, dtype=np.int64)
    for row, encoding in enumerate(encodings):
        ids[row, : len(encoding.ids)] = encoding.ids
        mask[row, : len(encoding.ids)] = 1
    return {"input_ids": ids, "attention_mask": mask}
