"""The form of a rule of routing."""

from typing import Any

from django import forms

from journeys.calls.condition_rows import Asking, ConditionForm, Said
from journeys.calls.conditions import FACTS, TESTS, BadCondition, check
from journeys.calls.models import HIGHEST_LEVEL, LOWEST_LEVEL, Agent, Queue, RoutingRule

SHORTEST, LONGEST = 5, 600  # seconds that a call may wait for the first place
PLACES = ("queue", "agent", "skill")
STATES = [
    (RoutingRule.State.OFF.value, "Off: it does nothing"),
    (RoutingRule.State.SHADOW.value, "Shadow: it is only tried on last week’s calls"),
    (RoutingRule.State.LIVE.value, "Live: it decides"),
]


def fault_of(said: Said) -> str:
    """What is wrong with a condition."""
    if not said["value"].strip():
        return "Give a value; yes or no for an open case."
    if said["about"].strip() and said["fact"] != "pages":
        return "Only pages are about something."
    try:
        check([said])
    except BadCondition as error:
        return f"{str(error)[:1].upper()}{str(error)[1:]}."
    return ""


def places() -> list[tuple[str, list[tuple[str, str]]]]:
    """Where a rule may send calls, in groups."""
    agents = list(Agent.objects.select_related("user"))
    skills = {name for one in agents for name in one.skills}
    skills |= set(RoutingRule.objects.exclude(skill="").values_list("skill", flat=True))
    return [
        ("A queue", [(f"queue:{one.pk}", str(one)) for one in Queue.objects.order_by("label")]),
        ("Somebody who knows", [(f"skill:{name}", f"somebody who knows {name}") for name in sorted(skills)]),
        ("An agent", [(f"agent:{one.pk}", str(one)) for one in sorted(agents, key=str)]),
    ]


class RoutingForm(ConditionForm):
    """A rule: where it sends which calls."""

    asking = Asking(
        [(name, fact.label) for name, fact in FACTS.items()],
        [(name, label) for name, (label, _) in TESTS.items()],
        fault_of,
        ("fact", "about", "is", "value"),
    )
    name = forms.CharField(label="Name", max_length=80)
    state = forms.ChoiceField(label="State", choices=STATES)
    sends_to = forms.ChoiceField(label="Send calls to")  # its choices are read with each form
    level = forms.IntegerField(
        label="Level", min_value=LOWEST_LEVEL, max_value=HIGHEST_LEVEL,
        help_text="Where it is a skill: how well somebody has to know it, at least (1 to 5).",
    )  # fmt: skip
    timeout = forms.IntegerField(
        label="Wait (seconds)", min_value=SHORTEST, max_value=LONGEST,
        help_text="When nobody took the call by then, it goes on to the next step.",
    )  # fmt: skip
    next_queue = forms.ModelChoiceField(
        label="Next step", queryset=Queue.objects.order_by("label"), required=False, empty_label="none",
        help_text="For a skill or an agent this is also where calls go while nobody of them is ready; none: the"
                  " default queue.",
    )  # fmt: skip

    def __init__(self, *args: Any, rule: RoutingRule, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["sends_to"] = forms.ChoiceField(label="Send calls to", choices=[("", "choose"), *places()])
        self.initial = {name: getattr(rule, name) for name in ("name", "state", "level", "timeout", "next_queue")}
        named = {"queue": rule.queue_id, "agent": rule.agent_id, "skill": rule.skill}
        self.initial["sends_to"] = next((f"{kind}:{one}" for kind, one in named.items() if one), "")
        self.add_rows(rule.conditions if isinstance(rule.conditions, list) else [])

    def fill(self, rule: RoutingRule) -> None:
        """Set a rule to what is filled in."""
        told = self.cleaned_data
        for name in ("name", "state", "level", "timeout", "next_queue"):
            setattr(rule, name, told[name])
        kind, _, word = told["sends_to"].partition(":")
        rule.queue_id = int(word) if kind == "queue" else None
        rule.agent_id = int(word) if kind == "agent" else None
        rule.skill = word if kind == "skill" else ""
        rule.conditions = self.conditions
