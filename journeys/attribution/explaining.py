"""What changes for a channel from one model to another, and why, in words. Pure."""

from dataclasses import dataclass

MODELS = {
    "first": ("First touch", "all of it to the first touch"),
    "last": ("Last touch", "all of it to the last touch"),
    "last_non_direct": ("Last non-direct", "all of it to the last touch that something led to"),
    "linear": ("Linear", "the same share to every touch"),
    "position": ("Position", "40 % to the first touch, 40 % to the last, 20 % to those between"),
    "w": ("W-shaped", "30 % each to the first touch, to what brought the lead and to what brought the opportunity"),
    "time_decay": ("Time decay", "half as much with every seven days that a touch is older"),
    "shapley": ("Shapley", "the same share to every channel that a journey touched"),
    "markov1": ("Markov, order 1", "by how many conversions would be lost without it, going by its last touch"),
    "markov2": ("Markov, order 2", "the same, going by the last two touches"),
    "markov3": ("Markov, order 3", "the same, going by the last three touches"),
}
ALIKE = 0.02  # of the larger figure
MORE_OFTEN = 1.2


@dataclass(frozen=True)
class Standing:
    """Where in journeys a channel stands: the conversions by three models that look at nothing else."""

    first: float
    last: float
    linear: float

    @property
    def said(self) -> str:
        ends = f"It begins {self.first:,.0f} of the journeys that convert and ends {self.last:,.0f}"
        if self.linear >= MORE_OFTEN * max(self.first, self.last):
            return (
                f"{ends}, and stands between more often: with the same share for every touch, it has {self.linear:,.1f}"
            )
        return f"{ends}; with the same share for every touch, it has {self.linear:,.1f}"


def why(before: float, after: float, standing: Standing, models: tuple[str, str]) -> str:
    """What the second of two models changes for a channel, and why. before, after: its conversions by them."""
    if abs(after - before) <= ALIKE * max(before, after):
        return "About the same by both."
    word = "more" if after > before else "less"
    return f"{MODELS[models[1]][0]} gives it {word}. {standing.said}."
