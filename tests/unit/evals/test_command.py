"""The command: what it runs, what it says, and how it ends."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import pytest

from evals import running, sets, targets
from evals.command import main
from evals.measures import Measure, count, mean
from evals.running import Failure, Result
from evals.suites import SUITES, evaluator
from evals.workbench import Evaluator, Workbench
from rag_assistant.errors import UsageError
from tests.fakes import FakeEmbedder


@pytest.fixture
def bench(tmp_path: Path) -> Workbench:
    return Workbench(data=tmp_path / "data", cache=tmp_path / "cache", embedder=FakeEmbedder())


def run(bench: Workbench, **evaluators: Evaluator) -> tuple[Result, list[str]]:
    """Run hand-written evaluators; the result and the lines of progress."""
    lines: list[str] = []
    loaders = {name: partial(_same, one) for name, one in evaluators.items()}
    return running.run("s", loaders, bench, lines.append), lines


def _same(found: Evaluator) -> Evaluator:
    return found


def good(bench: Workbench) -> dict[str, Measure]:
    return {"own.good.answered": mean({"a": 1, "b": 0})}


def crashing(bench: Workbench) -> dict[str, Measure]:
    raise ZeroDivisionError("nothing to divide by")


def without_data(bench: Workbench) -> dict[str, Measure]:
    return {"own.x.y": count(len(sets.readings(bench.data)), 1)}


def empty(bench: Workbench) -> dict[str, Measure]:
    return {}


def undefined(bench: Workbench) -> dict[str, Measure]:
    nothing = float("nan")
    return good(bench) | {"own.x.auroc": Measure(value=nothing, low=nothing, high=nothing, n=3)}


def test_a_crash_is_a_failure_and_the_others_go_on(
    bench: Workbench, capsys: pytest.CaptureFixture[str]
) -> None:
    result, lines = run(bench, first=crashing, second=good)
    assert result.failures == [
        Failure(evaluator="first", error="ZeroDivisionError: nothing to divide by")
    ]
    assert set(result.metrics) == {"own.good.answered"}
    assert "Traceback" in capsys.readouterr().err  # it is a bug, and bugs must be found
    assert [line.split()[0] for line in lines] == ["first", "second"]
    assert result.seconds.keys() == {"first", "second"}


def test_missing_data_is_named(bench: Workbench) -> None:
    result, _ = run(bench, answers=without_data)
    (failure,) = result.failures
    assert "lacks answers/xquad.en.json" in failure.error
    assert "RAG_EVALS_DATA" in failure.error


def test_nothing_and_what_is_undefined_are_no_scores(bench: Workbench) -> None:
    result, _ = run(bench, one=empty, other=undefined)
    assert result.failures == [
        Failure(evaluator="one", error="It measured nothing."),
        Failure(evaluator="other", error="own.x.auroc is undefined."),
    ]
    assert set(result.metrics) == {"own.good.answered"}


def test_ctrl_c_is_no_failure_of_an_evaluator(bench: Workbench) -> None:
    def stopped(bench: Workbench) -> dict[str, Measure]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(bench, first=stopped)


def test_json_has_a_metric_a_line_and_comes_back_as_it_was(
    bench: Workbench, tmp_path: Path
) -> None:
    result, _ = run(bench, own=good, other=crashing)
    found = result.to_dict({"version": "1"})
    path = tmp_path / "new" / "result.json"
    running.write(path, running.dumps(found))
    assert running.read(path) == found
    assert found["environment"].keys() == {"version", "seconds"}
    (line,) = (one for one in path.read_text().splitlines() if "own.good.answered" in one)
    assert '"values":[1,0]' in line
    assert [one.name for one in path.parent.iterdir()] == ["result.json"]


def test_an_empty_result_is_json_too() -> None:
    found = Result(suite="s").to_dict({})
    assert json.loads(running.dumps(found)) == found


@pytest.mark.parametrize("text", ["", "[1]", '{"suite": "quick"}'])
def test_what_is_no_result_is_said_to_be_none(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(text)
    with pytest.raises(UsageError, match=r"a\.json"):
        running.read(path)


# ---------------------------------------------------------------- the command line


def write(path: Path, right: int) -> str:
    values = {f"{number:03}": float(number < right) for number in range(50)}
    result = Result(suite="s", metrics={"own.all.answered": mean(values)})
    running.write(path, running.dumps(result.to_dict({})))
    return str(path)


def test_compare_fails_where_something_got_worse(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    low, high = write(tmp_path / "low.json", 20), write(tmp_path / "high.json", 40)
    assert main(["compare", high, low]) == 1
    assert "1 worse" in capsys.readouterr().out
    assert main(["compare", low, high]) == 0
    assert "1 better" in capsys.readouterr().out
    assert main(["compare", high, low, "--json"]) == 1
    (move,) = json.loads(capsys.readouterr().out)["moves"]
    assert (move["name"], move["verdict"]) == ("own.all.answered", "worse")


@pytest.mark.parametrize("option", ["--baseline", "--out"])
def test_a_wrong_path_is_said_before_anything_runs(
    tmp_path: Path, option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "file"
    file.touch()
    assert main(["run", "smoke", option, str(file / "below")]) == 2
    assert capsys.readouterr().err.startswith(f"evals: {file / 'below'}")


def test_the_llm_suite_without_ollama_says_what_helps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RAG_OLLAMA__URL", "http://127.0.0.1:9")  # the discard port
    monkeypatch.chdir(tmp_path)
    assert main(["run", "llm", "--cache", str(tmp_path / "cache")]) == 1
    said = capsys.readouterr().err
    assert said == "evals: No Ollama server answers at http://127.0.0.1:9.\n  ollama serve\n"
    assert list(tmp_path.iterdir()) == []


def test_json_into_a_folder_is_said_before_anything_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", "smoke", "--out", str(tmp_path), "--json", str(tmp_path)]) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_score_names_the_lines_that_are_no_answers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answers, figures = tmp_path / "answers.jsonl", tmp_path / "figures.json"
    answers.write_text('no JSON\n{"text": "half an answer"}\n')
    assert main(["score", str(answers), "--json", str(figures)]) == 1
    said = capsys.readouterr().err
    assert "line 1" in said
    assert "line 2" in said
    assert [one["evaluator"] for one in running.read(figures)["failures"]] == ["score", "score"]


def test_score_wants_a_data_folder_that_is_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["score", "answers.jsonl", "--data", str(tmp_path)]) == 2
    assert "no data folder" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_suite_is_wrong_usage() -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["run", "everything"])
    assert stopped.value.code == 2


# ---------------------------------------------------------------- the tables


@pytest.mark.parametrize("name", sorted({one for s in SUITES.values() for one in s.evaluators}))
def test_every_evaluator_of_the_table_is_there(name: str) -> None:
    assert callable(evaluator(name))


def test_every_target_is_measured_by_the_quick_suite() -> None:
    baseline = Path(running.__file__).parent / "baselines" / "quick.json"
    metrics = running.read(baseline)["metrics"]
    due = {name for name in targets.TARGETS if not name.startswith("bench.")}
    assert due <= metrics.keys()
    for name in metrics:
        beside = targets.companion(name)
        assert beside is None or beside in metrics, f"{name} would be withheld without {beside}"
