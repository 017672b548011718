"""Packages of npm, fetched when a test needs one and never kept in the repository."""

import shutil
import subprocess
from pathlib import Path

NPM = shutil.which("npm")
OPTIONS = ["--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]


def fetched(package: str, folder: Path) -> Path:
    """Install a package (name@version) into an empty folder. Returns the package's own folder."""
    command = [str(NPM), "install", *OPTIONS, "--prefix", str(folder), "--cache", str(folder / "cache"), package]
    subprocess.run(command, check=True, timeout=120, cwd=folder)
    return folder / "node_modules" / package.rpartition("@")[0]
