"""`manage.py add_source`: connect a system."""

import json
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from crm.sources.models import Brand, Source
from integrations.errors import BadSetting
from integrations.inbox.forms import COUNTRIES, NO_COUNTRY
from integrations.setting import read
from integrations.sources import SOURCES


class Command(BaseCommand):
    help = "Connect a system: makes its source and prints the endpoint, write key and secret."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("adapter", choices=sorted(SOURCES), metavar="ADAPTER", help=", ".join(sorted(SOURCES)))
        parser.add_argument("name", metavar="NAME", help="what people will call it, for example web-shop")
        parser.add_argument("--namespace", help="share login ids and cookies with the sources of the same namespace")
        parser.add_argument("--brand", help="the word of the brand whose customers it tells of, if there are several")
        parser.add_argument("--country", help="two letters: how national phone numbers are read")
        parser.add_argument("--secret", help="the vendor's own signing secret; made up when not given")
        parser.add_argument("--trusted", action="store_true", help="what it says is verified: a server-side key")
        parser.add_argument("--setting", action="append", default=[], metavar="NAME=VALUE", help="as its README lists")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        if Source.objects.filter(name=options["name"]).exists():
            raise CommandError(f"there is a source called {options['name']} already; choose another name")
        adapter = SOURCES[options["adapter"]]
        source = Source(
            name=options["name"],
            adapter=adapter.name,
            is_trusted=options["trusted"] or adapter.is_trusted,
        )
        source.country = country(options["country"] or source.country)
        source.secret = options["secret"] or source.secret
        try:
            source.settle(options["namespace"] or "", brand(options["brand"]))
            source.settings = read(adapter.settings, dict(map(split_setting, options["setting"])), source.country)
            source.full_clean()
        except (BadSetting, ValidationError) as error:
            raise CommandError(told(error)) from None
        source.save()
        self.stdout.write(json.dumps(described(source)) if options["json"] else for_people(source))


def brand(word: str | None) -> Brand | None:
    """The brand of a word."""
    if word is None:
        return None
    found = Brand.objects.filter(word=word).first()
    if found is None:
        raise CommandError(f"there is no brand {word}; brands are made at /brands/")
    return found


def country(code: str) -> str:
    """A country's code in capitals."""
    if code.upper() not in COUNTRIES:
        raise CommandError(f"--country {code}: {NO_COUNTRY}")
    return code.upper()


def told(error: BadSetting | ValidationError) -> str:
    """What is wrong, and with what."""
    if isinstance(error, BadSetting):
        return f"--setting: {error}"
    return "; ".join(f"{field}: {' '.join(said)}" for field, said in error.message_dict.items())


def split_setting(text: str) -> tuple[str, object]:
    """NAME=VALUE; a value that is JSON is read as JSON."""
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise CommandError(f"--setting {text}: write it as NAME=VALUE")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def described(source: Source) -> dict[str, str]:
    return {
        "id": source.public_id,
        "endpoint": source.endpoint,
        "write_key": source.write_key,
        "secret": source.secret,
    }


def folder(source: Source) -> str:
    """The folder of a source's adapter: all mail providers share one."""
    return type(SOURCES[source.adapter]).__module__.split(".")[1]


def for_people(source: Source) -> str:
    rows = {"source": source.name} | described(source)
    lines = [f"{name:<10} {value}" for name, value in rows.items()]
    return "\n".join(
        [
            *lines,
            f"How to connect it: integrations/{folder(source)}/README.md, or its page: /sources/{source.public_id}/",
        ]
    )
