"""The benchmarks run, say what they promise, and keep away from the user's data."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from crm.stack.tests.ready_made import original
from crm.stack.throwaway import COMMAND_LIMIT, environment, manage
from integrations.benchmarks import reporting
from integrations.benchmarks.exploring import CASES as EXPLORED
from integrations.benchmarks.questions import CASES
from integrations.benchmarks.tests import on_ready_made


def figures_of(done: "subprocess.CompletedProcess[str]", name: str) -> dict[str, float]:
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-3000:]
    told = json.loads(done.stdout.splitlines()[-1])
    assert told.keys() == {"benchmark", "machine", "figures"}
    assert told["benchmark"] == name
    assert {"cpus", "model", "memory_gb", "python", "postgres"} <= told["machine"].keys()
    figures: dict[str, float] = told["figures"]
    return figures


def benchmarked(data_dir: Path, *arguments: str, limit: float = COMMAND_LIMIT) -> "subprocess.CompletedProcess[str]":
    """A benchmark on a copy of a migrated database; the one of faults makes its own, as people's do."""
    command = [sys.executable, "-m", on_ready_made.__name__, str(original()), "benchmark", *arguments, "--json"]
    return subprocess.run(command, env=environment(data_dir, {}), cwd=settings.BASE_DIR, capture_output=True, text=True,
                          timeout=limit, check=False)  # fmt: skip


def test_no_acknowledged_event_is_lost_or_doubled_under_faults(tmp_path: Path) -> None:
    done = manage(tmp_path, "benchmark", "faults", "--events", "1500", "--faults", "5", "--json")
    figures = figures_of(done, "faults")
    assert figures.keys() == {"events", "faults", "lost", "doubled", "recovery_s"}
    assert (figures["events"], figures["faults"]) == (1505, 5)
    assert (figures["lost"], figures["doubled"]) == (0, 0)
    assert figures["recovery_s"] < 60  # the goal, 10 s, is for a machine that runs nothing else


def test_the_timeline_benchmark_measures_every_case_three_ways(tmp_path: Path) -> None:
    size = ("--customers", "1000", "--interactions", "5000", "--samples", "3")
    figures = figures_of(benchmarked(tmp_path, "timeline", *size), "timeline")
    assert figures.keys() == {f"{case}_{way}_p95_ms" for case in CASES for way in ("query", "http", "floor")}
    assert all(value > 0 for value in figures.values())


def test_explore_is_asked_by_every_facet(tmp_path: Path) -> None:
    size = ("--customers", "1000", "--interactions", "5000", "--samples", "2")
    figures = figures_of(benchmarked(tmp_path, "explore", *size), "explore")
    assert figures.keys() == {f"{case}_{share}_ms" for case in (*EXPLORED, "floor") for share in ("p50", "p95")}
    assert all(value > 0 for value in figures.values())


def test_the_graph_of_paths_is_asked_of_what_was_packed(tmp_path: Path) -> None:
    figures = figures_of(benchmarked(tmp_path, "paths", "--events", "5000"), "paths")
    assert figures["events"] == 5000
    assert all(value > 0 for value in figures.values())


def test_what_access_and_the_audit_log_cost_is_measured_with_and_without(tmp_path: Path) -> None:
    size = ("--customers", "1000", "--interactions", "2000", "--requests", "20")
    figures = figures_of(benchmarked(tmp_path, "access", *size), "access")
    assert figures.keys() == {f"{page}{what}" for page in ("page", "entries") for what in
                              ("_ms", "_without_ms", "_share")}  # fmt: skip
    assert 0 < figures["entries_ms"] < figures["page_ms"]


def test_messy_customers_are_matched_and_measured(tmp_path: Path) -> None:
    figures = figures_of(manage(tmp_path, "benchmark", "identity", "--records", "1000", "--json"), "identity")
    assert {"generate_s", "pair_f1", "cluster_f1", "blocking_recall", "seconds", "peak_mb"} <= figures.keys()
    assert figures["cluster_precision"] > 0.9
    assert 1 < figures["largest_cluster"] <= 25


def test_nothing_is_left_of_who_was_erased_while_eight_send_nor_after_a_restore(tmp_path: Path) -> None:
    size = ("--interactions", "100", "--others", "100", "--rate", "40")
    figures = figures_of(benchmarked(tmp_path, "erasure", *size, limit=300.0), "erasure")
    hits = ("hits_database", "hits_files", "hits_logs", "reappeared", "hits_after_restore")
    assert figures.keys() == {*hits, "seconds_10k"}
    assert [figures[name] for name in hits] == [0] * len(hits)


def test_a_benchmark_leaves_the_users_folder_as_it_was(tmp_path: Path) -> None:
    manage(tmp_path, "benchmark", "timeline", "--customers", "1")
    keys = {"secret_key", "audit_key", "erasure_key", "encryption_key"}
    assert {path.name for path in tmp_path.iterdir()} <= keys


def test_a_tabled_figure_is_read_at_a_glance() -> None:
    told = reporting.table(
        ("fault", "worst s"), [("web killed", 1.234), ("broker", 1234.5), ("events", 20_000), ("share", 0.0093)]
    )
    assert told.splitlines() == [
        "fault       worst s",
        "web killed     1.23",
        "broker        1,234",
        "events       20,000",
        "share        0.0093",
    ]


@pytest.mark.parametrize(("share", "expected"), [(0.5, 50), (0.95, 95), (0.99, 99), (1.0, 100)])
def test_a_percentile_is_a_sample_that_so_many_do_not_exceed(share: float, expected: float) -> None:
    assert reporting.percentile([float(number) for number in range(100, 0, -1)], share) == expected
    assert reporting.percentile([], share) == 0


def test_no_call_is_lost_and_each_is_answered_with_worker_and_web_killed_in_the_middle(tmp_path: Path) -> None:
    done = benchmarked(tmp_path, "calls", "--calls", "400", "--customers", "1000", "--kill")
    figures = figures_of(done, "calls")
    assert figures.keys() == {"calls", "lost", "unrouted", "answer_p50_ms", "answer_p99_ms", "pop_p95_ms"}
    assert (figures["calls"], figures["lost"]) == (400, 0)


def test_crediting_made_up_journeys_is_measured_model_by_model(tmp_path: Path) -> None:
    figures = figures_of(manage(tmp_path, "benchmark", "attribution", "--journeys", "2000", "--json"), "attribution")
    seconds = {f"{name}_s" for name in ("gather", "heuristics", "shapley", "markov1", "markov2", "markov3", "all")}
    assert figures.keys() == {"journeys", "touches", "peak_mb", "refresh_s", *seconds}
    assert all(value > 0 for value in figures.values())
