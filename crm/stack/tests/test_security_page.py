"""docs/security.md keeps its word: every test that it names is there, and every line of the standard has an answer."""

import re

from django.conf import settings

PAGE = (settings.BASE_DIR / "docs" / "security.md").read_text(encoding="utf-8")
NAMED = re.findall(r"`([\w/]+\.py)::(\w+)`", PAGE)
LINES = re.findall(r"^\| (\d+\.\d+\.\d+) \| (.+) \|$", PAGE, re.MULTILINE)
ANSWERS = ("`", "without a test: ", "**not met**: ", "n/a: ")


def test_every_test_that_is_named_is_there() -> None:
    assert len(NAMED) > 100
    texts = {path: (settings.BASE_DIR / path).read_text(encoding="utf-8") for path, _ in set(NAMED)}
    assert [f"{path}::{name}" for path, name in NAMED if f"def {name}(" not in texts[path]] == []


def test_every_line_of_the_standard_has_one_answer_and_they_are_counted() -> None:
    assert len(LINES) == len({number for number, _ in LINES}) == 253
    assert [number for number, said in LINES if not said.startswith(ANSWERS)] == []
    counted = [sum(said.startswith(answer) for _, said in LINES) for answer in ANSWERS]
    told = re.search(
        r"Of 253 requirements (\d+) are held by a test of ours, (\d+) are met without one, (\d+) are \*\*not met\*\*, "
        r"and (\d+) are about",
        PAGE,
    )
    assert told
    assert [int(one) for one in told.groups()] == counted
