"""Channel groups: the rules by which touches are grouped, and the groups that every installation begins with. Pure.

A rule names a group, and conditions that must all hold; the first rule that holds decides.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from journeys.attribution.sites import is_among
from journeys.attribution.touches import NO_MARKS, Marks

UNASSIGNED = "Unassigned"
DIRECT, NONE = "(direct)", "(none)"
ABOUT = {
    "channel": "Channel", "source": "Source", "medium": "Medium", "campaign": "Campaign", "keyword": "Keyword",
    "content": "Content", "click": "Click id", "landing": "Landing page", "queue": "Call queue",
}  # fmt: skip
LIKE, UNLIKE, AMONG = "like", "unlike", "among"
IS = {LIKE: "is", UNLIKE: "is not", AMONG: "is one of the sites of"}
LISTS = ("search", "social", "video", "shopping")


class Condition(NamedTuple):
    """One fact about a touch. about: of ABOUT; is_: of IS; values: any of these, with * for anything, or of LISTS."""

    about: str
    is_: str
    values: tuple[str, ...]


class Rule(NamedTuple):
    """The group of every touch of which all of these hold."""

    group: str
    conditions: tuple[Condition, ...]


class Facts(NamedTuple):
    """What rules may ask of a touch; what is not known is empty."""

    channel: str
    source: str
    medium: str
    campaign: str
    keyword: str
    content: str
    click: str
    landing: str
    queue: str


def facts_of(channel: str, marks: Marks, landing: str = "", queue: str = "") -> Facts:
    """What rules may ask of a touch. Who came directly came from "(direct)" by "(none)", as GA4 calls it."""
    if channel == "web" and marks == NO_MARKS:
        marks = Marks(DIRECT, NONE)
    return Facts(channel, *marks, landing, queue)


def group_of(facts: Facts, rules: Sequence[Rule]) -> str:
    """The group of a touch."""
    return next((rule.group for rule in rules if all(holds(one, facts) for one in rule.conditions)), UNASSIGNED)


def holds(condition: Condition, facts: Facts) -> bool:
    said = getattr(facts, condition.about)
    if condition.is_ == AMONG:
        return any(is_among(said, name) for name in condition.values)
    return is_like(said, condition.values) == (condition.is_ == LIKE)


@lru_cache(maxsize=50_000)
def is_like(said: str, patterns: tuple[str, ...]) -> bool:
    return any(matches(said.casefold(), pattern.casefold()) for pattern in patterns)


def matches(said: str, pattern: str) -> bool:
    """Whether a text is a pattern, * standing for anything. Each piece is looked for once, so it is as good as linear:
    a regular expression of somebody else's need not be.
    """
    first, *rest = pattern.split("*")
    if not rest:
        return said == pattern
    *middle, last = rest
    if not said.startswith(first) or len(said) < len(first) + len(last) or not said.endswith(last):
        return False
    at, end = len(first), len(said) - len(last)
    for piece in middle:
        found = said.find(piece, at, end)
        if found < 0:
            return False
        at = found + len(piece)
    return True


# As they are kept: {"rules": [{"group", "conditions": [{"about", "is", "values"}]}]}


def rules_of(content: Mapping[str, Any]) -> tuple[Rule, ...]:
    return tuple(
        Rule(
            one["group"],
            tuple(Condition(said["about"], said["is"], tuple(said["values"])) for said in one["conditions"]),
        )
        for one in content["rules"]
    )


def content_of(rules: Iterable[Rule]) -> dict[str, Any]:
    return {
        "rules": [
            {
                "group": rule.group,
                "conditions": [
                    {"about": one.about, "is": one.is_, "values": list(one.values)} for one in rule.conditions
                ],
            }
            for rule in rules
        ]
    }


# The groups to begin with: GA4's default channel groups in their order, told as conditions of ours, and two for what it
# does not know. Source: Google Analytics help, "Default channel group".

PAID = Condition("medium", LIKE, ("*cp*", "ppc", "retargeting", "paid*", "ad"))
SHOP_NAMES = ("shop*", "*shopping*", "*-shop*", "*_shop*", "* shop*", "*eshop*", "*e-shop*")
EMAIL_WORDS = ("email", "e-mail", "e_mail", "e mail")


def like(about: str, *values: str) -> Condition:
    return Condition(about, LIKE, values)


def among(name: str) -> Condition:
    return Condition("source", AMONG, (name,))


DEFAULT: tuple[Rule, ...] = (
    Rule("Direct", (like("source", DIRECT), like("medium", NONE))),
    Rule("Cross-network", (like("campaign", "*cross-network*", "*cross network*", "*pmax*", "*performance max*"),)),
    Rule("Paid Shopping", (among("shopping"), PAID)),
    Rule("Paid Shopping", (like("campaign", *SHOP_NAMES), PAID)),
    Rule("Paid Search", (among("search"), PAID)),
    Rule("Paid Social", (among("social"), PAID)),
    Rule("Paid Video", (among("video"), PAID)),
    Rule("Display", (like("medium", "display", "banner", "expandable", "interstitial", "cpm"),)),
    Rule("Paid Other", (PAID,)),
    Rule("Organic Shopping", (among("shopping"),)),
    Rule("Organic Shopping", (like("campaign", *SHOP_NAMES),)),
    Rule("Organic Social", (among("social"),)),
    Rule(
        "Organic Social",
        (like("medium", "social", "social-network", "social-media", "sm", "social network", "social media"),),
    ),
    Rule("Organic Video", (among("video"),)),
    Rule("Organic Video", (like("medium", "*video*"),)),
    Rule("Organic Search", (among("search"),)),
    Rule("Organic Search", (like("medium", "organic"),)),
    Rule("Email", (like("medium", *EMAIL_WORDS),)),
    Rule("Email", (like("source", *EMAIL_WORDS),)),
    Rule("Affiliates", (like("medium", "affiliate", "affiliates"),)),
    Rule("Referral", (like("medium", "referral", "app", "link"),)),
    Rule("Audio", (like("medium", "audio"),)),
    Rule("SMS", (like("medium", "sms"),)),
    Rule("SMS", (like("source", "sms"),)),
    Rule("Mobile Push", (like("medium", "*push", "*mobile*", "*notification*"),)),
    Rule("Mobile Push", (like("source", "firebase"),)),
    Rule("Phone", (like("channel", "call"),)),
    Rule("Message", (like("channel", "email", "social"),)),
)
