"""Spreadsheets that are handed out."""

from collections.abc import Iterable

FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def harmless(cells: Iterable[str]) -> list[str]:
    """Cells that no spreadsheet program takes for a formula."""
    return [f"'{cell}" if cell.startswith(FORMULA) else cell for cell in cells]
