"""Feed one parser what Atheris makes up.

`python -m integrations.benchmarks.feeding PROVIDER` and libFuzzer's arguments.
PROVIDER: a name in SOURCES, or where a class is, as `package.module:Class`.

A process of its own: modules are instrumented as they are imported, and libFuzzer ends the process when it is done.
"""

import random
import sys
from pkgutil import resolve_name

import atheris
import django

OURS = ["integrations", "crm"]

with atheris.instrument_imports(include=OURS):
    django.setup()
    from integrations.benchmarks.mutating import TYPES, changed
    from integrations.benchmarks.parsing import BROWSERS, fallen_over
    from integrations.sources import SOURCES


class FellOver(Exception):
    """A parser raised what it did not mean to raise, or took too long."""


def feed(data: bytes) -> None:
    """One body, after a byte for its content type and one for where it is sent to."""
    kind, path, body = data[:1], data[1:2], data[2:]
    content_type = TYPES[int.from_bytes(kind) % len(TYPES)]
    if fell := fallen_over(PARSER, body, content_type, BROWSERS[int.from_bytes(path) % len(BROWSERS)]):
        raise FellOver(fell)


def mutated(data: bytes, longest: int, seed: int) -> bytes:
    """Another body, of a known one: every second time its values are changed as what it is, else its bytes."""
    dice = random.Random(seed)
    if dice.random() < 0.5:
        return (data[:2] + changed(data[2:], dice))[:longest]
    return bytes(atheris.Mutate(data, longest))


if __name__ == "__main__":
    NAME = sys.argv.pop(1)
    with atheris.instrument_imports(include=OURS):
        PARSER = SOURCES[NAME] if NAME in SOURCES else resolve_name(NAME)()
    atheris.Setup(sys.argv, feed, custom_mutator=mutated)
    atheris.Fuzz()
