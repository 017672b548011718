"""Words to wrap a call up with, and actions to propose, to begin with; admins change them."""

from django.db import migrations

REASONS = [("quote", "A quote"), ("change", "Change a booking"), ("question", "A question"), ("complaint", "A complaint"),
           ("payment", "Payment"), ("wrong-number", "Wrong number")]
OUTCOMES = [("sold", "Sold", True), ("solved", "Solved", False), ("follow-up", "To be followed up", False),
            ("nothing", "Nothing came of it", False)]
ACTIONS = [
    ("A promise is overdue", [{"fact": "promise_overdue", "is": "yes", "value": ""}],
     "Say where the promise stands, and settle it", "", 0),
    ("An open case", [{"fact": "open_cases", "is": "at least", "value": "1"}],
     "Take the open case one step further, and say when they will hear of it", "", 1),
    ("Something is unanswered", [{"fact": "unanswered_days", "is": "at least", "value": "1"}],
     "Answer what they wrote before anything else", "", 0),
    ("The quote was not finished", [{"fact": "given_up_hours", "is": "at most", "value": "72"},
                                    {"fact": "contacts_7d", "is": "at most", "value": "4"}],
     "Go through the quote together, and send it by e-mail", "email", 1),
    ("They are looking around", [{"fact": "pages_7d", "is": "at least", "value": "3"},
                                 {"fact": "contacts_7d", "is": "at most", "value": "2"}],
     "Ask what they have in mind, and offer two ideas by e-mail", "email", 2),
]


def fill(apps, schema_editor):
    choices, actions = apps.get_model("journeys", "WrapChoice"), apps.get_model("journeys", "ActionRule")
    choices.objects.bulk_create(
        [choices(kind="reason", word=word, label=label, position=n) for n, (word, label) in enumerate(REASONS)]
        + [choices(kind="outcome", word=word, label=label, position=n, is_sale=is_sale)
           for n, (word, label, is_sale) in enumerate(OUTCOMES)]
    )
    actions.objects.bulk_create(
        [actions(position=n, name=name, conditions=conditions, says=says, needs=needs, days=days)
         for n, (name, conditions, says, needs, days) in enumerate(ACTIONS)]
    )


class Migration(migrations.Migration):
    dependencies = [("journeys", "0005_staff_work_for_customers")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
