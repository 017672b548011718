"""Who plays what: the population, the story of each, and all their letters. Pure: the same seed, the same offsets."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random

from integrations.demo import groups, hero, stories
from integrations.demo.letters import Letter, Scene
from integrations.demo.people import MOST, Person, make_person

Story = Callable[[Scene, list[Person]], None]


@dataclass(frozen=True, slots=True)
class Role:
    """A story, how many people it takes, and how often it is told."""

    story: Story
    size: int
    weight: float


ROLES = (
    Role(stories.complainer, 1, 7), Role(groups.twins, 2, 3), Role(groups.couple, 2, 3), Role(groups.household, 2, 4),
    Role(stories.mover, 1, 2), Role(groups.switchboard, 16, 0.3), Role(stories.dreamer, 1, 17),
    Role(stories.booker, 1, 17), Role(stories.caller, 1, 13), Role(stories.writer, 1, 9), Role(stories.chatter, 1, 7),
    Role(stories.passer_by, 1, 18),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Worth:
    """A customer worth opening first, by e-mail address, and why."""

    email: str
    reason: str


@dataclass(frozen=True, slots=True)
class Unit:
    """One telling of a story."""

    number: int
    role: Role
    people: list[Person]


def compose(customers: int, seed: int, end: datetime) -> list[Letter]:
    """All letters of half a year, in the order in which things happened."""
    letters: list[Letter] = []
    for unit in units(customers, seed):
        scene = Scene(Random(f"{seed}:story:{unit.number}"), end)
        unit.role.story(scene, unit.people)
        letters += scene.letters
    return sorted(letters, key=lambda letter: letter.at)


def units(customers: int, seed: int) -> Iterator[Unit]:
    """The hero, each story once, then as the dice fall; the last are of one person until all are cast."""
    if customers > MOST:
        raise ValueError(f"at most {MOST} customers: there are no more numbers set aside for fiction")
    dice, cast, number = Random(f"{seed}:roles"), 0, 0
    while cast < customers:
        role = role_of(number, dice, customers - cast)
        people = [
            make_person(Scene(Random(f"{seed}:person:{n}"), datetime.max), n) for n in range(cast, cast + role.size)
        ]
        yield Unit(number, role, people)
        cast, number = cast + role.size, number + 1


def role_of(number: int, dice: Random, left: int) -> Role:
    chosen = dice.choices(ROLES, [role.weight for role in ROLES])[0]
    if number <= len(ROLES):
        chosen = (Role(hero.hero, 2, 0), *ROLES)[number]
    return chosen if chosen.size <= left else Role(stories.passer_by, 1, 0)


def worth_opening(seed: int) -> Sequence[Worth]:
    """The three customers that show most, in the order in which to open them."""
    first = list(units(40, seed))[:3]
    angry, twin = first[1].people[0], first[2].people[0]
    return (
        Worth(hero.EMAIL, "her whole journey: four channels, two devices, a quote of £3,180 that she left last night"),
        Worth(angry.email, "a holiday that went wrong: mails, angry messages, a missed call, and the call that calmed"),
        Worth(twin.email, "the same person stands a second time under a misspelt name: nothing joins them yet"),
    )
