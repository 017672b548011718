"""The chart library's script, served from where its wheel has it: nothing of it is in our own files."""

from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage

NAME, WITHIN = "plotly.min.js", "plotly"


class OfTheWheel(FileSystemStorage):
    """The wheel's folder. prefix: where collectstatic puts what is found."""

    prefix = WITHIN


class PlotlyFinder(BaseFinder):
    """Finds `plotly/plotly.min.js`, and nothing else."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        package = find_spec("plotly")
        assert package is not None
        assert package.origin is not None
        self.storage = OfTheWheel(Path(package.origin).parent / "package_data")

    def find(self, path: str, find_all: bool = False, **_: Any) -> Any:
        found = self.storage.path(NAME) if path == f"{WITHIN}/{NAME}" else ""
        return [found] if find_all and found else found or []

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, FileSystemStorage]]:
        yield NAME, self.storage
