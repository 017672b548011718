"""`manage.py set_numbers`: the tracking numbers that a site's visitors are shown."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from crm.sources.models import Source
from integrations.tracking.errors import NumberTaken
from integrations.tracking.forms import PoolForm
from integrations.tracking.models import HOLD, TARGET
from integrations.tracking.pooling import fill, states_of


class Command(BaseCommand):
    help = "Set the tracking numbers of a web source; those left out are disabled, and keep their history."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source", help="the source's name")
        parser.add_argument("numbers", nargs="+", metavar="NUMBER", help="in any notation")
        parser.add_argument("--fallback", required=True, help="your usual number, shown when all are taken")
        parser.add_argument("--hold", type=int, default=HOLD, help="seconds that one is kept after a visit")
        parser.add_argument("--target", type=float, default=100 * TARGET, help="per cent of visits that may find none")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        source = Source.objects.filter(name=options["source"], adapter="segment").first()
        if source is None:
            raise CommandError(f"there is no web source called {options['source']}; make one: manage.py add_source")
        typed = {name: options[name] for name in ("fallback", "hold", "target")}
        form = PoolForm(typed | {"numbers": "\n".join(options["numbers"])}, source=source)
        if not form.is_valid():
            raise CommandError("; ".join(f"{name}: {told[0]}" for name, told in form.errors.items()))
        told = form.cleaned_data
        try:
            pool = fill(source, told["numbers"], told["fallback"], told["hold"], told["target"] / 100)
        except NumberTaken as error:
            raise CommandError(str(error)) from None
        counts = states_of(pool, timezone.now())
        said = ", ".join(f"{count} {state}" for state, count in counts.items())
        self.stdout.write(json.dumps(counts) if options["json"] else f"{source.name}: {said}")
