"""Parsers fed by Atheris: bodies that grow towards code which none before them reached, from known ones."""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

LONGEST = 20_000  # bytes of a body
PATIENCE = 1_800  # seconds
OF_LIBFUZZER = ("-print_final_stats=0", "-verbosity=0", f"-max_len={LONGEST}", "-timeout=30", "-rss_limit_mb=0")
HEAD = bytes(2)  # what says of which content type, and to which path
FELL = re.compile(r"FellOver: (.*)$|(ERROR: libFuzzer: .*)$", re.MULTILINE)


def is_there() -> bool:
    """Whether Atheris is installed: it comes with requirements-dev.txt."""
    return find_spec("atheris") is not None


def crashes(parser: str, known: Sequence[bytes], count: int, seed: int) -> list[str]:
    """What a parser fell over first, of so many bodies that come of the known ones; nothing where it did not.

    parser: a provider's name in SOURCES, or where a class is, as `package.module:Class`.
    """
    with tempfile.TemporaryDirectory() as folder:
        for number, body in enumerate(known):
            Path(folder, f"known-{number}").write_bytes(HEAD + body[:LONGEST])
        told = [f"-runs={count}", f"-seed={seed}", f"-artifact_prefix={folder}/", *OF_LIBFUZZER, folder]
        command = [sys.executable, "-m", "integrations.benchmarks.feeding", parser, *told]
        ended = subprocess.run(
            command, env=os.environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=PATIENCE,
            check=False,
        )  # fmt: skip
    if not ended.returncode:
        return []
    found = FELL.search(ended.stdout)
    return [next(filter(None, found.groups())) if found else f"it ended with {ended.returncode}: {ended.stdout[-400:]}"]
