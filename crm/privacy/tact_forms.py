"""What an admin fills in to say what may be said: a class for each origin, and topics with their words."""

from typing import Any

from django import forms

from crm.privacy.disclosure import ORIGINS, SAID, Disclosure, Origin, Tact, Topic, words

CHOICES = [(one.value, SAID[one][:1].upper() + SAID[one][1:]) for one in Disclosure]
MOST_TOPICS, MOST_WORDS, LONGEST_WORD = 40, 300, 60


class TactForm(forms.Form):
    """All the rules of disclosure. A topic without a name is removed; the last, empty one is to add another."""

    sentence = forms.CharField(
        label="Try a sentence", required=False, max_length=500, help_text="It is judged as if the customer had said it."
    )

    def __init__(self, *args: Any, tact: Tact, **options: Any) -> None:
        super().__init__(*args, **options)
        self.standing = tact
        for origin in Origin:
            self.fields[f"class_{origin}"] = choosing(ORIGINS[origin], tact.classes.get(origin, Disclosure.CONTEXT))
            self.fields[f"instead_{origin}"] = line("What to say instead", tact.instead.get(origin, ""))
        self.fields["masked"] = forms.CharField(
            label="Masked traits", required=False, max_length=2_000, initial=", ".join(sorted(tact.masked)),
            widget=forms.Textarea(attrs={"rows": 2}),
        )  # fmt: skip
        for number, topic in enumerate([*tact.topics, Topic("", ())]):
            self.fields[f"name_{number}"] = line("Topic", topic.name, most=60)
            self.fields[f"words_{number}"] = forms.CharField(
                label="Words", required=False, max_length=8_000, initial=", ".join(topic.words),
                widget=forms.Textarea(attrs={"rows": 2}),
            )  # fmt: skip
            self.fields[f"topic_{number}"] = choosing("What may be done with it", topic.disclosure)
            self.fields[f"said_{number}"] = line("What to say instead", topic.instead)
        self.rows = [self.row(number) for number in range(len(tact.topics) + 1)]
        self.origins = [(ORIGINS[one], self[f"class_{one}"], self[f"instead_{one}"]) for one in Origin]

    def disable(self, is_disabled: bool) -> None:
        """Show what stands, to look at only."""
        for field in self.fields.values():
            field.disabled = is_disabled

    def row(self, number: int) -> list[forms.BoundField]:
        return [self[f"{name}_{number}"] for name in ("name", "words", "topic", "said")]

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        for number in range(len(self.rows)):
            found = words(told.get(f"words_{number}", ""))
            if told.get(f"name_{number}") and not found:
                self.add_error(f"words_{number}", "Give the words that the topic is known by.")
            if len(found) > MOST_WORDS or any(len(word) > LONGEST_WORD for word in found):
                self.add_error(f"words_{number}", f"Give {MOST_WORDS} words at most, of {LONGEST_WORD} characters.")
        if len(self.rows) > MOST_TOPICS:
            raise forms.ValidationError(f"There may be {MOST_TOPICS} topics at most.")
        return told

    def proposed(self) -> Tact:
        """The rules as they are filled in."""
        told = self.cleaned_data
        topics = [
            Topic(told[f"name_{n}"].strip(), words(told[f"words_{n}"]), Disclosure(told[f"topic_{n}"]),
                  told[f"said_{n}"].strip())
            for n in range(len(self.rows)) if told[f"name_{n}"].strip()
        ]  # fmt: skip
        classes = {one: Disclosure(told[f"class_{one}"]) for one in Origin}
        instead = {one: told[f"instead_{one}"].strip() for one in Origin if told[f"instead_{one}"].strip()}
        return Tact(classes, instead, tuple(topics), frozenset(words(told["masked"])))

    def said(self) -> str:
        """What is changed, in words."""
        proposed, before = self.proposed(), {topic.name: topic for topic in self.standing.topics}
        after = {topic.name: topic for topic in proposed.topics}
        told = [f"{ORIGINS[o]}: {SAID[c]}" for o, c in proposed.classes.items() if self.standing.classes.get(o) != c]
        told += [f"added the topic {name}" for name in after.keys() - before.keys()]
        told += [f"removed the topic {name}" for name in before.keys() - after.keys()]
        told += [f"changed the topic {name}" for name in after.keys() & before.keys() if after[name] != before[name]]
        told += ["changed which traits are masked"] if proposed.masked != self.standing.masked else []
        return "; ".join(sorted(told))[:300] or "Changed what to say instead"


def choosing(label: str, initial: Disclosure) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=CHOICES, initial=initial.value)


def line(label: str, initial: str, most: int = 200) -> forms.CharField:
    return forms.CharField(label=label, required=False, max_length=most, initial=initial)
