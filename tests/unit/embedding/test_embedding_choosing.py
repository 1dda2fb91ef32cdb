"""How a data folder comes to its backend, keeps it and says why."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rag_assistant.config import EmbeddingSettings
from rag_assistant.embedding import (
    ChosenEmbedder,
    ModelFiles,
    backends,
    choosing,
    find_model,
    in_use,
    probing,
)
from rag_assistant.embedding.backends import Backend
from rag_assistant.embedding.child import TransientError
from rag_assistant.embedding.choosing import Choice
from rag_assistant.embedding.model import OFFLINE_PACKAGE, sha256_of
from rag_assistant.embedding.openvino_model import MODEL, kept_in
from rag_assistant.embedding.probing import Figures, Measured
from rag_assistant.errors import EmbeddingModelError

AUTO = EmbeddingSettings()
GOOD, WRONG = Figures(speed=3.0, cosine=0.9999), Figures(speed=5.0, cosine=0.991)
_CONSTANT = r'<data element_type="f32"[^>]*offset="([0-9]+)" size="([0-9]+)"'
KEPT = Choice(backend="openvino", reason="quick")


class NotesInMemory:
    """A data folder's notes."""

    def __init__(self, choice: Choice | None = None) -> None:
        self.held: dict[str, str] = {}
        if choice is not None:
            choosing.keep(self, choice)

    def note(self, key: str) -> str | None:
        return self.held.get(key)

    def set_note(self, key: str, value: str) -> None:
        self.held[key] = value


class Warnings:
    """The last warning."""

    last: EmbeddingModelError | None = None

    def __call__(self, error: EmbeddingModelError | None) -> None:
        self.last = error


@pytest.fixture(scope="session")
def files() -> ModelFiles:
    pytest.importorskip(OFFLINE_PACKAGE)
    return find_model(EmbeddingSettings())


@pytest.fixture
def candidates(monkeypatch: pytest.MonkeyPatch) -> tuple[Backend, ...]:
    """The same on every computer."""
    pytest.importorskip("openvino")
    names: tuple[Backend, ...] = ("openvino-bf16", "openvino", "torch-bf16")
    monkeypatch.setattr(backends, "candidates", lambda: names)
    return names


def known(
    cache: Path,
    files: ModelFiles,
    figures: dict[Backend, Figures],
    failed: dict[Backend, str] | None = None,
) -> None:
    """Leave what an earlier data folder on this computer would have: measured and converted."""
    cache.mkdir(exist_ok=True)
    measured = Measured(figures=figures, failed=failed or {})
    probing._kept(files, AUTO, cache).write_text(json.dumps(asdict(measured)))
    stand_in(cache, files)


def stand_in(cache: Path, files: ModelFiles) -> None:
    """A converted model that is whole, and that OpenVINO cannot open."""
    folder = kept_in(cache, files, "f32")
    folder.mkdir(exist_ok=True)
    for name, text in {MODEL: "<net/>", "model.bin": ""}.items():
        (folder / name).write_text(text)
    rehash(folder)


def rehash(folder: Path) -> None:
    hashes = {name: sha256_of(folder / name) for name in (MODEL, "model.bin")}
    (folder / "sha256.json").write_text(json.dumps(hashes))


@pytest.mark.usefixtures("candidates")
def test_the_quickest_faithful_one_is_taken_and_the_others_refusals_told(
    files: ModelFiles, tmp_path: Path
) -> None:
    slower = Figures(speed=2.0, cosine=0.9999)
    known(tmp_path, files, {"torch-bf16": slower, "openvino": GOOD, "openvino-bf16": WRONG})
    choice = choosing.choose(AUTO, files, cache=tmp_path)
    assert choice.backend == "openvino"
    assert choice.reason == (
        "3.0 times as fast as torch, cosine 0.9999; "
        "openvino-bf16 refused: its cosine 0.9910 is below 0.995"
    )


@pytest.mark.usefixtures("candidates")
def test_where_none_is_fit_torch_stays_and_every_reason_is_told(
    files: ModelFiles, tmp_path: Path
) -> None:
    slow, no_number = Figures(speed=0.8, cosine=1.0), Figures(speed=9.0, cosine=float("nan"))
    figures: dict[Backend, Figures] = {"openvino": slow, "openvino-bf16": no_number}
    known(tmp_path, files, figures, {"torch-bf16": "no bf16"})
    choice = choosing.choose(AUTO, files, cache=tmp_path)
    assert choice.backend == "torch"
    assert choice.reason == (
        "torch-bf16: no bf16; openvino: 0.80 times as fast as torch; "
        "openvino-bf16 refused: its cosine nan is below 0.995"
    )


def test_a_choice_is_kept_and_comes_back_whole(files: ModelFiles, tmp_path: Path) -> None:
    notes = NotesInMemory()
    assert in_use(AUTO, files, notes, tmp_path) is None
    choice = Choice(backend="torch", reason="why", figures={"openvino": GOOD})
    choosing.keep(notes, choice)
    assert in_use(AUTO, files, notes, tmp_path) == choice


@pytest.mark.usefixtures("candidates")
def test_what_is_named_is_in_use_once_it_is_measured(files: ModelFiles, tmp_path: Path) -> None:
    named = EmbeddingSettings(backend="openvino")
    found = in_use(named, files, None, tmp_path)
    assert found and found.backend == "torch"
    assert found.reason == (
        "the configuration names openvino, which cannot be used: it has to be measured here first"
    )
    known(tmp_path, files, {"openvino": GOOD})
    found = in_use(named, files, None, tmp_path)
    assert found and (found.backend, found.reason) == ("openvino", "named in the configuration")


def test_a_backend_that_is_gone_gives_way_to_torch_and_says_so(
    monkeypatch: pytest.MonkeyPatch, files: ModelFiles, tmp_path: Path
) -> None:
    monkeypatch.setattr(backends, "find_spec", lambda name: None)
    named = EmbeddingSettings(backend="openvino")
    for settings, notes, by in (
        (AUTO, NotesInMemory(KEPT), "this folder keeps"),
        (named, None, "the configuration names"),
    ):
        found = in_use(settings, files, notes, tmp_path)
        assert found and found.backend == "torch"
        assert found.reason == f"{by} openvino, which cannot be used: OpenVINO is not installed"
        assert found.hint == 'pip install "rag-assistant[openvino]"'
    with pytest.raises(EmbeddingModelError, match="OpenVINO is not installed"):
        choosing.confirm("openvino", AUTO, files)


@pytest.mark.usefixtures("candidates")
def test_a_named_backend_is_refused_where_its_vectors_differ(
    files: ModelFiles, tmp_path: Path
) -> None:
    known(tmp_path, files, {"openvino": WRONG})
    with pytest.raises(EmbeddingModelError, match=r"cosine 0\.9910 is below 0\.995") as caught:
        choosing.confirm("openvino", AUTO, files, cache=tmp_path)
    assert "repair --backend auto" in caught.value.hint


@pytest.mark.usefixtures("candidates")
def test_a_kept_backend_is_believed_only_as_it_was_measured(
    files: ModelFiles, tmp_path: Path
) -> None:
    notes = NotesInMemory(KEPT)
    known(tmp_path, files, {"openvino": GOOD})
    assert in_use(AUTO, files, notes, tmp_path) == KEPT
    assert choosing.confirmed(AUTO, files, notes, tmp_path) == KEPT
    known(tmp_path, files, {"openvino": WRONG})
    found = choosing.confirmed(AUTO, files, notes, tmp_path)
    assert found == in_use(AUTO, files, notes, tmp_path)
    assert found and (found.backend, found.reason) == (
        "torch",
        "this folder keeps openvino, which cannot be used: its cosine 0.9910 is below 0.995",
    )
    kept_in(tmp_path, files, "f32").rename(tmp_path / "gone")  # measured, but of a lost model
    found = in_use(AUTO, files, notes, tmp_path)
    assert found and found.reason.endswith("it has to be measured here first")
    assert Choice.from_json(next(iter(notes.held.values()))) == KEPT, "only a command changes it"


def test_questions_never_wait_for_a_measurement_passages_do(
    files: ModelFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backends, "candidates", lambda: ("torch-bf16",))
    notes = NotesInMemory()
    known(tmp_path, files, {}, {"torch-bf16": "told so"})
    embedder = ChosenEmbedder(files, AUTO, notes, tmp_path)
    embedder.embed_queries(["a letter"])
    sentence = embedder.embed_passages_at_once(["a letter"])  # of a source, for an answer
    assert np.allclose(sentence, embedder.embed_queries(["a letter"]), atol=1e-4)
    assert (notes.held, embedder.chosen) == ({}, None)
    embedder.embed_passages(["a letter"])
    assert embedder.chosen == in_use(AUTO, files, notes, tmp_path)
    assert embedder.chosen and embedder.chosen.reason.startswith("torch-bf16: told so")
    again = ChosenEmbedder(files, AUTO, notes, tmp_path)
    again.embed_passages(["a letter"])
    assert again.chosen is None


@pytest.mark.usefixtures("candidates")
@pytest.mark.integration
def test_what_fails_where_a_question_is_expected_is_told_by_the_question(
    files: ModelFiles, tmp_path: Path
) -> None:
    known(tmp_path, files, {"openvino": GOOD})
    warnings = Warnings()
    embedder = ChosenEmbedder(files, AUTO, NotesInMemory(KEPT), tmp_path, warnings)
    embedder.close()
    for _ in range(2):
        embedder.expect_question()
    embedder.close()
    assert warnings.last is None
    assert embedder.embed_queries(["a letter"]).shape == (1, embedder.dimension)
    assert warnings.last and "OpenVINO cannot open" in warnings.last.message


@pytest.mark.usefixtures("candidates")
@pytest.mark.integration
def test_a_question_that_its_backend_cannot_take_is_embedded_by_torch_with_a_warning(
    files: ModelFiles, tmp_path: Path
) -> None:
    known(tmp_path, files, {"openvino": GOOD})
    for notes, why in (
        (NotesInMemory(KEPT), "OpenVINO cannot open"),
        (NotesInMemory(Choice(backend="openvino-bf16", reason="quick")), "measured here first"),
    ):
        warnings = Warnings()
        embedder = ChosenEmbedder(files, AUTO, notes, tmp_path, warnings)
        assert embedder.embed_queries(["a letter"]).shape == (1, embedder.dimension)
        assert warnings.last and why in warnings.last.message
        assert warnings.last.hint


@pytest.mark.integration
@pytest.mark.filterwarnings("ignore:::(torch|transformers|sentence_transformers)")  # of converting
def test_passages_have_a_converted_model_made_again_that_cannot_be_opened(
    files: ModelFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a model that is not whole, and then of one that was converted wrongly."""
    pytest.importorskip("openvino")
    measure_briefly(monkeypatch)
    known(tmp_path, files, {"openvino": GOOD})
    warnings, notes = Warnings(), NotesInMemory(KEPT)
    embedder = ChosenEmbedder(files, AUTO, notes, tmp_path, warnings)
    with ThreadPoolExecutor(2) as pool, monkeypatch.context() as patch:
        looked: list[bool] = []
        patch.setattr(probing, "measured", noting(probing.measured, looked))
        vectors, same = pool.map(embedder.embed_passages, [["a letter"]] * 2)
    assert looked.count(True) == 1, "two threads have it measured once"
    assert np.allclose(vectors, same, atol=1e-4)
    assert (warnings.last, embedder.chosen) == (None, None)
    assert type(embedder.settle()) is type(backends.make("openvino", files, AUTO))
    assert np.allclose(vectors, embedder.embed_queries(["a letter"]), atol=1e-4)
    figures = probing.known(("openvino",), files, AUTO, tmp_path).figures
    assert figures["openvino"].cosine > 0.9999

    spoil(kept_in(tmp_path, files, "f32"))
    probing._kept(files, AUTO, tmp_path).unlink()  # as after an upgrade
    embedder = ChosenEmbedder(files, AUTO, notes, tmp_path, warnings)
    assert embedder.settle() is embedder._torch
    assert embedder.chosen and warnings.last
    assert "this folder keeps openvino, which cannot be used: its cosine" in embedder.chosen.reason
    assert embedder.chosen.reason in warnings.last.message
    measured = json.loads(probing._kept(files, AUTO, tmp_path).read_text())
    assert measured["figures"]["openvino"]["cosine"] < 0.99


def measure_briefly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a child, which would import torch anew, and of as few passages as can be."""
    monkeypatch.setattr(probing, "in_child", lambda _, **request: probing.measure_here(**request))
    monkeypatch.setattr(probing, "_PASSAGES", 1)


def noting(measured: Callable[..., Measured], looked: list[bool]) -> Callable[..., Any]:
    """Measures as before, and notes whether that was asked for again."""

    def measure(*arguments: Any, again: bool = False) -> Measured:
        looked.append(again)
        return measured(*arguments, again=again)

    return measure


def spoil(folder: Path) -> None:
    """Damage the weights before their hash is taken: only comparing vectors can tell."""
    text = (folder / MODEL).read_text(encoding="utf-8")
    constants = [(int(place), int(size)) for place, size in re.findall(_CONSTANT, text)]
    place, size = [one for one in constants if one[1] > 1_000_000][-1]  # of the last layer
    damaged = bytearray((folder / "model.bin").read_bytes())
    weights = np.frombuffer(damaged, dtype=np.float32, count=size // 4, offset=place)
    weights[:] = np.random.default_rng(7).permutation(weights)
    (folder / "model.bin").write_bytes(damaged)
    rehash(folder)


# ---------------------------------------------------------------- what comes to no end


def children(of: int) -> list[int]:
    """Processes that this one started and that measure."""
    found = Path(f"/proc/{of}/task").glob("*/children")
    pids = [int(pid) for file in found for pid in file.read_text().split()]
    return [pid for pid in pids if b"measure_here" in Path(f"/proc/{pid}/cmdline").read_bytes()]


@pytest.mark.integration
@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="looks for its child in /proc")
@pytest.mark.usefixtures("candidates")
def test_of_a_choosing_that_is_killed_nothing_is_kept_and_the_next_one_tries_again(
    files: ModelFiles, tmp_path: Path
) -> None:
    warnings, notes = Warnings(), NotesInMemory()
    embedder = ChosenEmbedder(files, AUTO, notes, tmp_path / "cache", warnings)
    choosing_it = threading.Thread(target=embedder.settle)
    choosing_it.start()
    end = time.monotonic() + 60
    while not (killed := children(os.getpid())):
        assert time.monotonic() < end
        time.sleep(0.02)
    os.kill(killed[0], signal.SIGKILL)
    choosing_it.join()
    assert embedder.chosen and embedder.chosen.backend == "torch"
    assert "broke off" in embedder.chosen.reason
    assert warnings.last and "broke off" in warnings.last.message
    assert not notes.held
    assert not (tmp_path / "cache").exists()
    failed: dict[Backend, str] = dict.fromkeys(("torch-bf16", "openvino-bf16"), "no")
    known(tmp_path / "cache", files, {"openvino": GOOD}, failed)
    again = ChosenEmbedder(files, AUTO, notes, tmp_path / "cache", warnings)
    again.settle()
    assert again.chosen and again.chosen.backend == "openvino"
    assert warnings.last is None


@pytest.mark.integration
@pytest.mark.skipif(sys.platform == "win32", reason="limits the size of files as Unix does")
def test_a_full_disk_is_no_verdict(files: ModelFiles, tmp_path: Path) -> None:
    """No file may grow beyond a megabyte in a process and its children, as where no more fits."""
    pytest.importorskip("openvino")
    script = f"""
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
from pathlib import Path
from typing import Any
from rag_assistant.config import EmbeddingSettings
from rag_assistant.embedding import backends, choosing, find_model, probing
from rag_assistant.errors import EmbeddingModelError
settings, cache = EmbeddingSettings(), Path({str(tmp_path / "cache")!r})
files = find_model(settings)
backends.candidates = lambda: ("openvino",)
probing.in_child, probing._PASSAGES = lambda _, **request: probing.measure_here(**request), 1
try:
    choosing.choose(settings, files, cache=cache)
except EmbeddingModelError as error:
    print(type(error).__name__, error.message)
held = probing.known(backends.candidates(), files, settings, cache)
print(sorted(held.names()), list(cache.glob("unfinished-*")))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    told, held = done.stdout.splitlines()
    assert told.startswith(f"{TransientError.__name__} openvino cannot be measured: ")
    assert "cannot be kept in" in told
    assert held == "[] []"


def test_candidates_that_fail_are_refused_and_the_rest_measured(
    files: ModelFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults = {
        "openvino": TypeError("an operator that OpenVINO does not know"),
        "openvino-int8": OSError("no room"),
    }

    def prepare(name: Backend, *_: object, **__: object) -> None:
        if name in faults:
            raise faults[name]

    monkeypatch.setattr(backends, "prepare", prepare)
    measure_briefly(monkeypatch)
    wanted: tuple[Backend, ...] = ("openvino", "openvino-int8", "torch-bf16")
    found = probing.measured(wanted, files, AUTO, tmp_path)
    assert found.failed["openvino"] == "an operator that OpenVINO does not know"
    assert found.broken == {"openvino-int8": "no room"}
    kept = probing.known(wanted, files, AUTO, tmp_path)
    assert kept.names() == {"openvino", "torch-bf16"}, "what may go better is tried again"
    monkeypatch.setattr(backends, "candidates", lambda: wanted)
    with pytest.raises(TransientError, match="openvino-int8 cannot be measured: no room"):
        choosing.choose(AUTO, files, cache=tmp_path)
