"""Credit channels with the conversions of many journeys, from their touches, by every model.

ChannelAttribution, which is GPL, runs in a process and a virtual environment of its own, which are thrown away.
"""

import json
import subprocess
import tempfile
import time
import venv
from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from django.core.management.base import CommandError

from integrations.benchmarks import crediting

OTHER = "channelattribution"
PACKAGES = ("ChannelAttribution==2.2.5", "matplotlib")  # it asks for the second, and does not say so
LIMIT = 3_600.0  # seconds
GOALS = (
    "10 times as fast as ChannelAttribution at first order; at 10000000, all_s <= 25, peak_mb <= 5000, refresh_s <= 1"
)
# Both sides start from the same columns in memory. Its paths are made in the quickest way we know in Python: grouped
# by a stable sort, joined as text, alike ones added up.
THEIRS = """
import json, sys, time
import numpy as np, pandas as pd
from ChannelAttribution import markov_model
told = np.load(sys.argv[1])
names = np.array(json.loads(sys.argv[2]))
journeys, channels, converted, value = (told[name] for name in ("journeys", "channels", "converted", "value"))
began = time.perf_counter()
order = np.argsort(journeys, kind="stable")
words = names[channels[order]].tolist()
starts = np.searchsorted(journeys[order], np.arange(len(converted) + 1)).tolist()
paths = [" > ".join(words[one:two]) for one, two in zip(starts, starts[1:])]
data = pd.DataFrame({"path": paths, "conv": converted, "value": value, "null": 1 - converted})
data = data.groupby("path", sort=False, as_index=False).sum()
made = time.perf_counter() - began
found = markov_model(data, "path", "conv", var_value="value", var_null="null", order=1, verbose=False, flg_pro=False)
taken = time.perf_counter() - began
credits = {str(row.iloc[0]): float(row.iloc[1]) for _, row in found.iterrows()}
print("\\n" + json.dumps({"taken": taken, "made": made, "credits": credits}))
"""


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--journeys", type=int, default=100_000, help="default 100000; the goals are for 10000000")
    parser.add_argument("--versus", choices=[OTHER], help="measure that package too, at first order (from PyPI; GPL)")
    parser.add_argument("--seed", type=int, default=7, help="the same seed makes the same journeys")


def run(options: Mapping[str, Any], say: Callable[[str], None]) -> dict[str, float]:
    """Figures: seconds by model, each from the touches in memory (gather_s of them for making paths); all_s: every
    model, gathering once; refresh_s: a day's touches are new of 30 days that are counted, and every model is solved.
    """
    if options["journeys"] < crediting.FEWEST:
        raise CommandError(f"fewer than {crediting.FEWEST} journeys say nothing; ask for more")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "touches.npz"
        touches = crediting.make(file, options["journeys"], options["seed"])
        say(f"{options['journeys']:,} journeys of {touches:,} touches, {len(crediting.CHANNELS)} channels")
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as own:  # its memory is its own
            measured = own.submit(crediting.measure, file).result()
        figures = {"journeys": float(options["journeys"]), "touches": float(touches), **measured.figures}
        if options["versus"]:
            figures |= beside(measured, theirs(file, Path(folder), say), say)
    say(f"goals: {GOALS}")
    return figures


def theirs(file: Path, folder: Path, say: Callable[[str], None]) -> dict[str, Any]:
    """What the other package takes and finds."""
    say(f"installing {PACKAGES[0]} into a virtual environment of its own")
    venv.create(folder / "venv", with_pip=True)
    python = folder / "venv" / "bin" / "python"
    done_by([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PACKAGES])
    told: dict[str, Any] = json.loads(
        done_by([python, "-c", THEIRS, file, json.dumps(crediting.CHANNELS)]).splitlines()[-1]
    )
    return told


def done_by(command: list[str | Path]) -> str:
    started_at = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, check=False)
    if done.returncode:
        seconds = time.perf_counter() - started_at
        raise CommandError(f"{command[1]} {command[2]} failed after {seconds:.0f} s: {done.stderr.strip()[-2000:]}")
    return done.stdout


def beside(ours: crediting.Measured, others: Mapping[str, Any], say: Callable[[str], None]) -> dict[str, float]:
    """The other package's seconds, and how far its credits are from ours: the median of the channels' shares."""
    chain_s = others["taken"] - others["made"]
    say(f"its paths of the touches {others['made']:.2f} s, its chain {chain_s:.2f} s; ours, both of it, "
        f"{ours.figures['markov1_s']:.2f} s")  # fmt: skip
    errors = [abs(others["credits"][name] / credit - 1) for name, credit in ours.credits.items() if credit]
    return {
        "versus_markov1_s": others["taken"],
        "versus_times": others["taken"] / ours.figures["markov1_s"],
        "versus_error_median": median(errors) if errors else float(np.nan),
    }
