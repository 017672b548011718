"""How words feel: -1 (bad) to 1 (good). The measure is a setting; VADER unless told."""

import re
from collections.abc import Callable, Iterable
from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from journeys.listening.said import CUSTOMER, Said

SENTENCE = re.compile(r"(?<=[.!?…])\s+|\n+")
MOST_SENTENCES = 60  # of one text
LONGEST = 600  # characters of a sentence that are weighed


@cache
def measure() -> Callable[[str], float]:
    """What the setting names: a function of one sentence."""
    found: Callable[[str], float] = import_string(settings.SENTIMENT)
    return found


@cache
def analyzer() -> SentimentIntensityAnalyzer:
    return SentimentIntensityAnalyzer()


def vader(sentence: str) -> float:
    """VADER's compound score of an English sentence."""
    return float(analyzer().polarity_scores(sentence)["compound"])


def feel(text: str) -> float | None:
    """The mood of a text: of its sentences, by their length; None of a text without words."""
    sentences = [one[:LONGEST] for one in SENTENCE.split(text) if any(map(str.isalpha, one))][:MOST_SENTENCES]
    return averaged((measure()(one), len(one.split())) for one in sentences)


def averaged(values: Iterable[tuple[float, float]]) -> float | None:
    """The mean of (value, weight), rounded; None of nothing."""
    listed = list(values)
    total = sum(weight for _, weight in listed)
    return round(sum(value * weight for value, weight in listed) / total, 3) if total else None


def mood_of_call(segments: Iterable[Said]) -> float | None:
    """How the customer's side of a call felt, by how much was said."""
    said = [one for one in segments if one.speaker == CUSTOMER and one.mood is not None]
    return averaged((one.mood or 0.0, len(one.text.split())) for one in said)
