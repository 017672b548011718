"""Which group each touch is in, by the rules that stand."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from journeys.attribution.grouping import DEFAULT, Facts, Rule, facts_of, group_of, rules_of
from journeys.attribution.models import ChannelGroup, GroupingChange
from journeys.attribution.touches import Touch


@dataclass
class Grouping:
    """Rules, and the numbers of the groups that they name."""

    rules: Sequence[Rule]
    numbers: dict[str, int] = field(default_factory=dict)
    known: dict[Facts, int] = field(default_factory=dict)

    def number_of(self, touch: Touch) -> int:
        """The number of a touch's group."""
        return self.number_of_facts(facts_of(touch.channel, touch.marks, touch.landing, touch.queue))

    def number_of_facts(self, facts: Facts) -> int:
        if facts not in self.known:
            self.known[facts] = self.number_of_name(group_of(facts, self.rules))
        return self.known[facts]

    def number_of_name(self, name: str) -> int:
        if name not in self.numbers:
            self.numbers[name] = ChannelGroup.objects.get_or_create(name=name)[0].pk
        return self.numbers[name]


def standing() -> Grouping:
    """The rules that stand, and the numbers of their groups."""
    return Grouping(standing_rules())


def standing_rules() -> tuple[Rule, ...]:
    """The rules that stand."""
    latest = GroupingChange.objects.first()
    return rules_of(latest.content) if latest else DEFAULT
