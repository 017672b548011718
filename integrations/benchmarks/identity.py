"""Match messy customers end to end: training, scoring, policy and clusters, against the truth."""

import json
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from crm.stack.throwaway import MANAGE, environment
from integrations.benchmarks.messy import records as messy

FEWEST = 1_000
LIMIT = 3_600.0  # seconds
GOALS = "cluster F1 >= .73 at precision >= .98, no cluster over 25, <= 60 s and <= 2 GB, at a million"


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--records", type=int, default=20_000, help="default 20000; the goals are for 1000000")
    parser.add_argument("--seed", type=int, default=7, help="the same seed makes the same records")
    parser.add_argument("--keep", type=Path, help="a .parquet or .csv file to keep the records in")


def run(options: Mapping[str, Any], say: Callable[[str], None]) -> dict[str, float]:
    """Figures: those of `evaluate_matching`, with the seconds that making the records took."""
    if options["records"] < FEWEST:
        raise CommandError(f"fewer than {FEWEST} records say nothing; ask for more")
    with tempfile.TemporaryDirectory() as folder:
        path = options["keep"] or Path(folder) / "messy.parquet"
        started_at = time.perf_counter()
        people = messy.write(path, options["records"], options["seed"])
        generated = time.perf_counter() - started_at
        say(f"{options['records']:,} records of {people:,} people, made in {generated:.1f} s; matching them")
        figures = evaluate(path, Path(folder))
    say(f"goals: {GOALS}")
    return {"records": options["records"], "people": people, "generate_s": generated, **figures}


def evaluate(path: Path, folder: Path) -> dict[str, float]:
    """Match in a process of its own, so that its memory is its own too."""
    mapped = ",".join(f"{field}={field}" for field in messy.FIELDS)
    named = ["--records", str(path), "--truth", messy.TRUTH, "--id", messy.ID, "--map", mapped, "--json"]
    done = subprocess.run(
        [sys.executable, MANAGE, "evaluate_matching", *named],
        env=environment(folder, {}),
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    if done.returncode:
        raise CommandError(f"evaluate_matching failed: {done.stderr.strip()[-2000:]}")
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures
