"""The page: what it says, what it withholds, and its plots."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from matplotlib.container import BarContainer

from evals import environment, plots, report, targets
from evals.comparing import compare
from evals.measures import Measure, count, mean, statistic
from evals.running import Failure, Result
from evals.targets import TARGETS

ENVIRONMENT = {
    "date": "2026-02-03T04:05:06+00:00",
    "version": "1.2.3",
    "answerer": "extractive",
    "model": None,
    "libraries": {"chromadb": "1.5.9"},
}


def share(right: int, of: int = 100) -> Measure:
    return mean({f"{number:03}": float(number < right) for number in range(of)})


def result(metrics: Mapping[str, Measure], suite: str = "smoke") -> dict[str, Any]:
    return Result(suite=suite, metrics=dict(metrics)).to_dict(ENVIRONMENT)


def page(metrics: Mapping[str, Measure], suite: str = "smoke") -> str:
    return report.page(result(metrics, suite), {})


def line(text: str, words: str) -> str:
    """The one line of a page that holds these words."""
    (found,) = (one for one in text.splitlines() if words in one)
    return found


def test_a_target_is_met_or_not_met() -> None:
    text = page({"answers.clapnq.sentence_f1": share(70), "answers.clapnq.rouge_l": share(50)})
    met = line(text, "`answers.clapnq.sentence_f1`")
    assert "≥ 0.65 | 0.700 [0.6" in met
    assert met.endswith("| 100 | met |")
    assert "**not met**" in line(text, "`answers.clapnq.rouge_l`")


def test_targets_of_what_a_small_suite_does_not_measure_are_not_listed() -> None:
    assert "not measured" not in page({"own.all.answered": share(70)})
    assert "## Targets" not in page({"own.all.answered": share(70)})


def test_a_whole_suite_says_which_targets_it_lacks() -> None:
    """As when the evaluator that measures them has crashed."""
    text = page({"answers.clapnq.rouge_l": share(50)}, "quick")
    due = [name for name in TARGETS if not name.startswith("bench.")]
    assert text.count("not measured |") == len(due) - 1
    assert "| `answers.clapnq.sentence_f1` | ≥ 0.65 | – |" in text


def test_benchmarks_say_which_targets_they_lack_of_those_that_were_asked_for() -> None:
    ran = Result(suite="bench", metrics={"bench.rerun.share": count(0, 9)})
    ran.seconds = {"rerun": 1.0, "cold": 2.0}
    text = report.page(ran.to_dict(ENVIRONMENT), {})
    assert text.count("not measured |") == 3
    assert "| `bench.cold.search_s@100k` | ≤ 2 | – |" in text
    assert "**not met**" not in text
    assert text.startswith("# Benchmarks")


def test_a_gain_must_lie_above_with_its_whole_interval() -> None:
    gain = TARGETS["retrieval.both.fused.ndcg@10_gain_over_plain"]
    assert gain.is_met({"value": 0.02, "low": 0.001, "high": 0.04})
    assert not gain.is_met({"value": 0.02, "low": -0.001, "high": 0.04})


def test_precision_is_withheld_without_coverage_and_shown_beside_it() -> None:
    alone = {"abstention.clapnq.balanced_accuracy": share(80)}
    assert "0.800" not in page(alone)
    assert "withheld: coverage was not measured" in page(alone)
    text = page(alone | {"abstention.clapnq.coverage": share(90)})
    assert "0.800" in text
    assert "coverage 0.900 [" in line(text, "`abstention.clapnq.balanced_accuracy`")
    assert "| abstention | balanced accuracy | coverage | n |" in text
    check = page({"support.attributionbench-dev.balanced_accuracy": share(80)})
    assert "withheld" not in check  # every claim is judged


def test_every_figure_is_shown() -> None:
    names = ["topics.gap", "topics.a.right", "topics.a.b.right", "topics.a.mrr@10", "bench.x.y.z.p"]
    text = page({name: share(number + 11) for number, name in enumerate(names)})
    for number in range(len(names)):
        assert f"0.{number + 11}0 [" in text
    assert "| topics | gap | n |\n| --- | --- | --- |\n| topics | 0.110 [" in text


def test_rows_stand_the_whole_before_its_parts_and_numbers_by_size() -> None:
    names = ["scans.a.noise_20.x", "scans.a.noise_5.x", "scans.a.x", "scans.a.all.x"]
    order = list(result({name: share(1) for name in names})["metrics"])
    assert order == ["scans.a.x", "scans.a.all.x", "scans.a.noise_5.x", "scans.a.noise_20.x"]


def test_every_companion_that_a_target_needs_stands_in_its_own_row() -> None:
    for name in TARGETS:
        beside = targets.companion(name)
        assert beside is None or beside.rpartition(".")[0] == name.rpartition(".")[0]


def test_failures_come_first_and_the_full_suite_warns() -> None:
    found = Result(suite="full", failures=[Failure(evaluator="scans", error="It fell over.")])
    text = report.page(found.to_dict(ENVIRONMENT), {})
    assert "- **scans**: It fell over." in text
    assert "Both halves" in text
    assert "Both halves" not in page({}, "quick")


def test_what_moved_against_the_baseline_is_said() -> None:
    old, new = result({"own.all.answered": share(90)}), result({"own.all.answered": share(60)})
    text = report.page(new, {}, compare(old, new))
    assert "1 worse" in text
    assert line(text, "`own.all.answered`").endswith("| worse |")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "0"),
        (1, "1"),
        (0.97041, "0.970"),
        (-0.0123, "-0.012"),
        (45.67, "45.7"),
        (6031.4, "6,031"),
    ],
)
def test_numbers_as_people_read_them(value: float, words: str) -> None:
    assert report.number(value) == words


def test_the_machine_and_what_benchmarks_stand_on_are_told() -> None:
    installed = environment.installation("openvino", "no-such-package")
    assert installed["processor"]
    assert installed["libraries"]["no-such-package"] is None
    assert "openvino" in installed["libraries"]
    ran = Result(suite="bench", metrics={}).to_dict(installed | {"backend": "openvino"})
    text = report.page(ran, {})
    assert line(text, "| processor |") == f"| processor | {installed['processor']} |"
    assert line(text, "| backend |") == "| backend | openvino |"
    assert "no-such-package none" in line(text, "| libraries |")
    assert "processor" not in environment.differences({"processor": "a"}, {"processor": "b"})


def test_page_and_plots_are_written_and_nothing_else(tmp_path: Path) -> None:
    lists = {
        f"retrieval.{name}.{listed}.ndcg@10": share(90)
        for name in ("xquad-en", "cisi")
        for listed in ("lexical", "vectors", "fused")
    }
    abstention = {f"abstention.clapnq.{one}": share(80) for one in ("coverage", "silence")}
    cost = {
        "bench.pipeline.speed_over_embedder": count(1, 264),
        "bench.query.p50_ms": statistic([1], lambda chosen: 20.0),
        "bench.query.p95_ms": statistic([1], lambda chosen: 40.0),
        "bench.memory.peak_mb": count(900, 264),
        "bench.index.bytes_per_passage": count(6000, 264),
    }
    others = {
        "answers.clapnq.sentence_f1": share(60),
        "support.attributionbench-dev.auroc": share(75),
    }
    out = tmp_path / "new" / "report"
    written = report.write(out, result(lists | abstention | cost | others))
    text = written.read_text(encoding="utf-8")
    plots = {"abstention", "answers", "bench", "retrieval", "support"}
    assert {path.name for path in out.iterdir()} == {"report.md"} | {f"{one}.png" for one in plots}
    for name in plots:
        assert f"]({name}.png)" in text
        assert (out / f"{name}.png").read_bytes().startswith(b"\x89PNG")


def test_the_plot_of_benchmarks_has_a_named_bar_for_each_search_and_each_target() -> None:
    """By what matplotlib holds: how long the bars are, and what stands beside them."""
    times = {"": 20.0, "as_of.": 30.0, "language.": 25.0}
    timed = {
        f"bench.query.{kind}p95_ms@{size}": count(int(ms * times_as_long), 100)
        for size, times_as_long in (("100k", 2), ("10k", 1))
        for kind, ms in times.items()
    }
    aimed = {"bench.rerun.share": count(0, 9), "bench.kills.kills": count(900, 900)}
    figure = plots.bench(result(timed | aimed, "bench")["metrics"])
    assert figure is not None
    multiples, searches = figure.axes
    rows = [label.get_text() for label in searches.get_yticklabels()]
    assert rows == ["no filter", "as of", "language"]
    drawn = {
        bars.get_label(): [bar.get_width() for bar in bars]
        for bars in searches.containers
        if isinstance(bars, BarContainer)
    }
    assert drawn == {"10k passages": [20, 30, 25], "100k passages": [40, 60, 50]}
    assert [*drawn] == ["10k passages", "100k passages"]
    labels = [label.get_text() for label in multiples.get_yticklabels()]
    assert labels == ["kills: kills ≥ 100", "query: p95 ms@100k ≤ 40", "rerun: share ≤ 0.02"]
    assert [bar.get_width() for bar in multiples.patches] == [2.5, 1, 0]  # the first is cut off
    assert "900" in [text.get_text() for text in multiples.texts]


def test_a_report_that_cannot_be_made_leaves_the_old_one_alone(tmp_path: Path) -> None:
    report.write(tmp_path, result({"own.all.answered": share(70)}))
    before = (tmp_path / "report.md").read_bytes()
    broken = result({"own.all.answered": share(10)}) | {"environment": {}}
    with pytest.raises(KeyError):
        report.write(tmp_path, broken)
    assert (tmp_path / "report.md").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["report.md"]
