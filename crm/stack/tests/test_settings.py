"""Every part of configuration is one environment variable, read in one place, documented in one table."""

import ast
import re
from pathlib import Path

from django.conf import settings

ROOMS = ("crm", "journeys", "integrations")
READS = re.compile(r"os\.getenv|os\.environ(\.get\(|\[)")
EXEMPT = {"crm/stack/server.py"}  # puts initdb's locale there, and what was there back


def names_read() -> set[str]:
    """The environment variables that crm/settings.py reads: the first argument of every env.something(...)."""
    tree = ast.parse((settings.BASE_DIR / "crm" / "settings.py").read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
    return {
        call.args[0].value
        for call in calls
        if isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id == "env"
        and call.args
        and isinstance(call.args[0], ast.Constant)
        and isinstance(call.args[0].value, str)
    }


def test_every_setting_is_in_the_readmes_table_and_nothing_else_is() -> None:
    readme = (settings.BASE_DIR / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `([A-Z_]+)`", readme, re.MULTILINE)) == names_read()


def test_settings_alone_read_the_environment() -> None:
    code = [path for room in ROOMS for path in (settings.BASE_DIR / room).rglob("*.py") if "tests" not in path.parts]
    readers = {name(path) for path in code if READS.search(path.read_text(encoding="utf-8"))}
    assert readers <= EXEMPT


def name(path: Path) -> str:
    """A file's path within the project."""
    return path.relative_to(settings.BASE_DIR).as_posix()
