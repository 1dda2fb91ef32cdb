"""The real backends beside torch: OpenVINO converted once, nothing imagined."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from rag_assistant.config import EmbeddingSettings
from rag_assistant.embedding import (
    ModelFiles,
    OpenVinoEmbedder,
    TorchEmbedder,
    find_model,
    openvino_model,
    probing,
)
from rag_assistant.embedding.model import DEFAULT_SHA256, OFFLINE_PACKAGE, sha256_of
from rag_assistant.embedding.openvino_model import MODEL, converted, find, kept_in
from rag_assistant.errors import EmbeddingModelError

pytestmark = pytest.mark.integration

SETTINGS = EmbeddingSettings(threads=1)
TEXTS = ["The river flooded the lower town.", "x", "", "蔵書票 und Brücke", "word " * 600]


@pytest.fixture(scope="session")
def files() -> ModelFiles:
    pytest.importorskip(OFFLINE_PACKAGE)
    return find_model(EmbeddingSettings())


@pytest.fixture(scope="session")
def reference(files: ModelFiles) -> TorchEmbedder:
    return TorchEmbedder(files, SETTINGS)


@pytest.fixture
def f32(files: ModelFiles, converted_models: Path) -> OpenVinoEmbedder:
    return OpenVinoEmbedder(files, SETTINGS, "f32", cache=converted_models)


def test_openvino_gives_the_vectors_of_torch(
    f32: OpenVinoEmbedder, reference: TorchEmbedder
) -> None:
    texts = [*TEXTS, *probing.sample_texts()]
    assert f32.fingerprint == reference.fingerprint
    np.testing.assert_allclose(
        f32.embed_passages(texts), reference.embed_passages(texts), atol=2e-5
    )


def test_bf16_agrees_far_better_than_is_asked(
    files: ModelFiles, reference: TorchEmbedder, converted_models: Path
) -> None:
    texts = [*TEXTS, *probing.sample_texts()[:4]]
    expected = reference.embed_passages(texts)
    for embedder in (
        OpenVinoEmbedder(files, SETTINGS, "bf16", cache=converted_models),
        TorchEmbedder(files, SETTINGS, bf16=True),
    ):
        vectors = embedder.embed_passages(texts)
        assert float(np.sum(vectors * expected, axis=1).min()) > 0.999
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_several_threads_may_ask_at_once(f32: OpenVinoEmbedder, reference: TorchEmbedder) -> None:
    texts = [f"Letter {n} of the year 18{n:02}. " * (n + 1) for n in range(24)]
    expected = reference.embed_passages(texts)
    found: dict[int, np.ndarray] = {}

    def ask(number: int) -> None:
        found[number] = f32.embed_passages(texts[number * 6 : number * 6 + 6])

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    together = np.concatenate([found[number] for number in range(4)])
    np.testing.assert_allclose(together, expected, atol=2e-5)


def test_a_query_imports_no_torch_and_opens_no_connection(converted_models: Path) -> None:
    script = f"""
import sys
def refuse(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "os.fork", "subprocess.Popen"):
        raise RuntimeError(event)
from pathlib import Path
from rag_assistant.config import EmbeddingSettings
from rag_assistant.embedding import OpenVinoEmbedder, find_model
from rag_assistant.embedding.openvino_model import converted
settings = EmbeddingSettings(threads=1)
files, cache = find_model(settings), Path({str(converted_models)!r})
converted(files, "f32", cache)
sys.addaudithook(refuse)
embedder = OpenVinoEmbedder(files, settings, "f32", cache=cache)
print(embedder.embed_queries(["a letter"]).shape)
heavy = {{"torch", "transformers", "sentence_transformers", "nncf", "openvino_telemetry"}}
print([name for name in heavy if sys.modules.get(name)])
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("(1, 384)\n[]\n", "")


def test_a_damaged_converted_model_is_made_anew(
    files: ModelFiles, converted_models: Path, tmp_path: Path
) -> None:
    folder = find(files, "f32", converted_models)  # see the fixture: it began damaged
    assert folder is not None
    assert openvino_model._is_whole(folder)
    assert not list(converted_models.glob("unfinished-*"))
    copy = Path(shutil.copytree(folder, tmp_path / "copy"))
    with (copy / "model.bin").open("r+b") as weights:
        weights.seek(1_000_000)
        weights.write(b"\xff\xff\xff\x7e")
    assert not openvino_model._is_whole(copy)


def test_what_is_not_converted_is_told_and_not_converted_at_a_question(
    files: ModelFiles, tmp_path: Path
) -> None:
    pytest.importorskip("openvino")
    embedder = OpenVinoEmbedder(files, SETTINGS, cache=tmp_path / "cache")
    with pytest.raises(EmbeddingModelError, match="not converted") as caught:
        embedder.embed_queries(["a letter"])
    assert "rag-assistant index" in caught.value.hint
    assert not (tmp_path / "cache").exists()


def test_a_converted_model_that_openvino_cannot_open_is_told(
    files: ModelFiles, tmp_path: Path
) -> None:
    pytest.importorskip("openvino")
    folder = kept_in(tmp_path, files, "f32")
    folder.mkdir()
    for name, content in {MODEL: "<net/>", "model.bin": ""}.items():
        (folder / name).write_text(content)
    hashes = {name: sha256_of(folder / name) for name in (MODEL, "model.bin")}
    (folder / "sha256.json").write_text(json.dumps(hashes))
    with pytest.raises(EmbeddingModelError, match="OpenVINO cannot open"):
        OpenVinoEmbedder(files, SETTINGS, cache=tmp_path).load()


def test_a_model_that_cannot_be_converted_says_so(tmp_path: Path, files: ModelFiles) -> None:
    pytest.importorskip("openvino")
    broken = tmp_path / "model"
    shutil.copytree(files.path, broken)
    (broken / "model.safetensors").write_bytes(b"no weights")
    unusable = find_model(EmbeddingSettings(model=str(broken)))
    with pytest.raises(EmbeddingModelError, match="cannot be loaded"):
        converted(unusable, "f32", tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_cache_that_cannot_be_written_says_so(tmp_path: Path, files: ModelFiles) -> None:
    pytest.importorskip("openvino")
    occupied = tmp_path / "cache"
    occupied.write_text("a file stands here")
    with pytest.raises(OSError, match=r"cannot be kept in .*: File exists"):
        converted(files, "f32", occupied)


def test_what_a_killed_conversion_left_is_swept_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = tmp_path / "unfinished-x"
    left.mkdir()
    openvino_model._sweep(tmp_path)
    assert left.exists()
    monkeypatch.setattr(openvino_model, "_ABANDONED", -1.0)
    openvino_model._sweep(tmp_path)
    assert not left.exists()


def test_each_form_of_the_weights_has_its_own_folder(
    files: ModelFiles, converted_models: Path
) -> None:
    folder = converted(files, "f32", converted_models)
    assert files.sha256 == DEFAULT_SHA256
    assert set(json.loads((folder / "sha256.json").read_text())) == {MODEL, "model.bin"}
    assert openvino_model.kept_in(converted_models, files, "int8") != folder
