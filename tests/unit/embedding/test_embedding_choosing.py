"""How a data folder comes to its backend, keeps it and says why."""

from __future__ import annotations

import json
from pathlib import Path

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
    openvino_model,
    probing,
)
from rag_assistant.embedding.backends import Backend
from rag_assistant.embedding.choosing import Choice
from rag_assistant.embedding.model import OFFLINE_PACKAGE, sha256_of
from rag_assistant.embedding.openvino_model import converted
from rag_assistant.embedding.probing import Figures
from rag_assistant.errors import EmbeddingModelError

AUTO = EmbeddingSettings()
GOOD, WRONG = Figures(speed=3.0, cosine=0.9999), Figures(speed=5.0, cosine=0.991)


class NotesInMemory:
    """A data folder's notes."""

    def __init__(self) -> None:
        self.held: dict[str, str] = {}

    def note(self, key: str) -> str | None:
        return self.held.get(key)

    def set_note(self, key: str, value: str) -> None:
        self.held[key] = value


@pytest.fixture(scope="session")
def files() -> ModelFiles:
    pytest.importorskip(OFFLINE_PACKAGE)
    return find_model(EmbeddingSettings())


def known(
    cache: Path,
    files: ModelFiles,
    wanted: tuple[Backend, ...],
    figures: dict[str, Figures],
    failed: dict[str, str] | None = None,
) -> None:
    """Leave a measurement as an earlier data folder on this computer would have."""
    path = cache / f"measured-{probing._key(wanted, files, AUTO)}.json"
    values = {name: {"speed": one.speed, "cosine": one.cosine} for name, one in figures.items()}
    path.write_text(json.dumps({"figures": values, "failed": failed or {}}))


def test_the_quickest_faithful_one_is_taken(files: ModelFiles, tmp_path: Path) -> None:
    slower = Figures(speed=2.0, cosine=0.9999)
    known(tmp_path, files, backends.candidates(), {"torch-bf16": slower, "openvino": GOOD})
    choice = choosing.choose(AUTO, files, cache=tmp_path)
    assert choice.backend == "openvino"
    assert choice.reason == "3.0 times as fast as torch, cosine 0.9999"


def test_where_none_is_fit_torch_stays_and_every_reason_is_told(
    files: ModelFiles, tmp_path: Path
) -> None:
    slow, no_number = Figures(speed=0.8, cosine=1.0), Figures(speed=9.0, cosine=float("nan"))
    figures = {"openvino-int8": WRONG, "openvino": slow, "openvino-bf16": no_number}
    known(tmp_path, files, backends.candidates(), figures, {"torch-bf16": "no bf16"})
    choice = choosing.choose(AUTO, files, cache=tmp_path)
    assert choice.backend == "torch"
    assert choice.reason == (
        "torch-bf16: no bf16; openvino-int8: cosine 0.9910 < 0.995; "
        "openvino: 0.80 times as fast as torch; openvino-bf16: cosine nan < 0.995"
    )


def test_a_choice_is_kept_and_comes_back_whole() -> None:
    notes = NotesInMemory()
    assert in_use(AUTO, notes) is None
    choice = Choice(backend="torch", reason="why", figures={"openvino": GOOD})
    choosing.keep(notes, choice)
    assert in_use(AUTO, notes) == choice
    named = in_use(EmbeddingSettings(backend="openvino"), notes)
    assert named and (named.backend, named.reason) == ("openvino", "named in the configuration")


def test_a_kept_backend_that_is_gone_gives_way_to_torch_and_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    notes = NotesInMemory()
    choosing.keep(notes, Choice(backend="openvino-bf16", reason="quick"))
    monkeypatch.setattr(backends, "find_spec", lambda name: None)
    found = in_use(AUTO, notes)
    assert found and found.backend == "torch"
    assert found.reason == "this folder keeps openvino-bf16, but OpenVINO is not installed"
    assert found.hint == 'pip install "rag-assistant[openvino]"'
    with pytest.raises(EmbeddingModelError, match="OpenVINO is not installed"):
        choosing.confirm("openvino-bf16", AUTO, _any_files())


def _any_files() -> ModelFiles:
    return ModelFiles(path=Path(), name="any", sha256="")


def test_a_named_backend_is_refused_where_its_vectors_differ(
    files: ModelFiles, tmp_path: Path
) -> None:
    pytest.importorskip("openvino")
    known(tmp_path, files, ("openvino",), {"openvino": WRONG})
    with pytest.raises(EmbeddingModelError, match=r"cosine 0\.9910 < 0\.995") as caught:
        choosing.confirm("openvino", AUTO, files, cache=tmp_path)
    assert "repair --backend auto" in caught.value.hint


def test_questions_never_wait_for_a_measurement_passages_do(
    files: ModelFiles, tmp_path: Path
) -> None:
    notes = NotesInMemory()
    known(tmp_path, files, backends.candidates(), {}, {"torch-bf16": "told so"})
    embedder = ChosenEmbedder(files, AUTO, notes, tmp_path)
    embedder.embed_queries(["a letter"])
    assert (notes.held, embedder.chosen) == ({}, None)
    embedder.embed_passages(["a letter"])
    assert embedder.chosen == in_use(AUTO, notes)
    assert embedder.chosen and embedder.chosen.reason == "torch-bf16: told so"
    again = ChosenEmbedder(files, AUTO, notes, tmp_path)
    again.embed_passages(["a letter"])
    assert again.chosen is None


@pytest.mark.integration
def test_measuring_refuses_a_real_model_that_was_converted_wrongly(
    files: ModelFiles, converted_models: Path, tmp_path: Path
) -> None:
    """Its weights are damaged before their hash is taken: only comparing vectors can tell."""
    good = converted(files, "f32", converted_models)
    bad = tmp_path / good.name
    bad.mkdir()
    weights = np.fromfile(good / "model.bin", dtype=np.float32, count=-1)
    noise = np.random.default_rng(7).normal(1, 0.4, weights.size // 3)
    with np.errstate(all="ignore"):  # not all of the file are floating-point numbers
        weights[-noise.size :] *= noise.astype(np.float32)
    weights.tofile(bad / "model.bin")
    with (good / "model.bin").open("rb") as whole, (bad / "model.bin").open("ab") as copy:
        whole.seek(weights.nbytes)
        copy.write(whole.read())
    (bad / openvino_model.MODEL).write_bytes((good / openvino_model.MODEL).read_bytes())
    hashes = {name: sha256_of(bad / name) for name in (openvino_model.MODEL, "model.bin")}
    (bad / "sha256.json").write_text(json.dumps(hashes))
    with pytest.raises(EmbeddingModelError, match=r"cosine 0\.\d+ < 0\.995|cosine nan"):
        choosing.confirm("openvino", AUTO, files, cache=tmp_path)
    measured = json.loads(next(tmp_path.glob("measured-*.json")).read_text())
    assert measured["figures"]["openvino"]["speed"] > 0
    assert not measured["failed"]
