"""Sending weekly mails: each once, whoever dies when, and to those alone who may see what it says by then.

A mail is marked as being sent before it is handed to the mail server, and as sent afterwards. Whoever dies in between
leaves it marked, and it is not tried again: nobody knows whether it went out. Whoever it was for sees that, and can
have it sent.
"""

import smtplib
import time
from datetime import date, datetime, timedelta

import structlog
from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from crm.privacy.access import brands_of, roles_of
from crm.privacy.roles import ATTRIBUTES
from journeys.morning.letter import message_of, week
from journeys.morning.models import SentMail, WeeklyMail
from journeys.morning.timing import LATEST, due

log = structlog.get_logger(__name__)
State = SentMail.State
ENOUGH = timedelta(minutes=5)  # for a mail to be sent in
# After a failure; then it is given up.
PAUSES = [timedelta(minutes=one) for one in (5, 30, 120, 360, 720)]
UNCOUNTED = timedelta(minutes=10)  # until it is looked at again whether the week is counted
INTERRUPTED = "it was interrupted, so it may have been sent or not"
MAY_NOT = "they may not see these figures any more"
NO_ADDRESS = "their login has no e-mail address, or is switched off"
NOT_COUNTED = "the week was not counted in time"
REFUSED = "the mail server refused it"
Permanent = (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPNotSupportedError)


def is_set_up() -> bool:
    """Whether mail goes out at all."""
    return bool(settings.EMAIL_URL)


def send_due(now: datetime, seconds: float) -> None:
    """Send what is due by now, for so long; what is left is for the next time."""
    if not is_set_up():
        return
    plan(now)
    give_up(now)
    ends_at = time.monotonic() + seconds
    while time.monotonic() < ends_at and (mail := claim(now)):
        carry_out(mail, now)


def plan(now: datetime) -> None:
    """Have a mail waiting for everybody whose hour has come; twice is once."""
    zone = timezone.get_default_timezone()
    wished = WeeklyMail.objects.filter(is_on=True)
    mondays = {one.user_id: due(one.weekday, one.hour, one.since, now, zone) for one in wished}
    SentMail.objects.bulk_create(
        (
            SentMail(user_id=user, monday=monday, asked_at=now, next_at=now)
            for user, monday in mondays.items()
            if monday
        ),
        ignore_conflicts=True,
    )


def give_up(now: datetime) -> None:
    """Mails whose sender died are not tried again."""
    SentMail.objects.filter(state=State.SENDING, next_at__lt=now).update(state=State.FAILED, why=INTERRUPTED)


@transaction.atomic
def claim(now: datetime) -> SentMail | None:
    """The next mail, marked as being sent, so that nobody else sends it."""
    waiting = SentMail.objects.filter(state=State.WAITING, next_at__lte=now).order_by("next_at", "pk")
    mail = waiting.select_for_update(skip_locked=True, no_key=True).first()
    if mail:
        mail.state, mail.tries, mail.next_at = State.SENDING, mail.tries + 1, now + ENOUGH
        mail.save(update_fields=["state", "tries", "next_at"])
    return mail


def carry_out(mail: SentMail, now: datetime) -> None:
    """Send a mail that is claimed, and note what came of it."""
    user = User.objects.get(pk=mail.user_id)
    why = why_not(user, mail)
    found = None if why else week(mail.monday, brands_of(user), now)
    if why or found is None:
        settle(mail, why, now)
        return
    try:
        message_of(found, user.pk, user.email, mail.pk).send()
    except (OSError, smtplib.SMTPException) as error:
        log.warning("morning.not_sent", mail=mail.pk, error=type(error).__name__)
        try_again(mail, now, is_worth_it=not isinstance(error, Permanent))
        return
    mail.state, mail.sent_at, mail.why = State.SENT, now, ""
    mail.save(update_fields=["state", "sent_at", "why"])
    log.info("morning.sent", mail=mail.pk)


def why_not(user: User, mail: SentMail) -> str:
    """Why somebody is not to be sent a mail, by now; "" where they are."""
    if not user.is_active or not user.email:
        return NO_ADDRESS
    if ATTRIBUTES.isdisjoint(roles_of(user)):
        return MAY_NOT
    wants = mail.is_asked_for or WeeklyMail.objects.filter(user=user, is_on=True).exists()
    return "" if wants else "they wanted no more of them"


def settle(mail: SentMail, why: str, now: datetime) -> None:
    """A mail that is not to be sent, or of a week that is not counted yet: that is waited for, and is no failure."""
    mail.why = why or NOT_COUNTED
    if why or now - mail.asked_at > LATEST:
        mail.state = State.FAILED
    else:
        mail.state, mail.tries, mail.next_at = State.WAITING, mail.tries - 1, now + UNCOUNTED
    mail.save(update_fields=["state", "tries", "next_at", "why"])


def try_again(mail: SentMail, now: datetime, *, is_worth_it: bool) -> None:
    """Later, longer each time; not where the mail server will say the same."""
    mail.why = REFUSED if not is_worth_it else "the mail server did not take it"
    mail.state = State.WAITING if is_worth_it and mail.tries <= len(PAUSES) else State.FAILED
    mail.next_at = now + PAUSES[min(mail.tries, len(PAUSES)) - 1]
    mail.save(update_fields=["state", "next_at", "why"])


def ask_for_one(user: User, monday: date, now: datetime) -> bool:
    """Have somebody's mail of a week sent now; returns False where one waits already."""
    if SentMail.objects.filter(Q(state=State.WAITING) | Q(state=State.SENDING), user=user, is_asked_for=True).exists():
        return False
    SentMail.objects.create(user=user, monday=monday, is_asked_for=True, asked_at=now, next_at=now)
    return True


def wish(user: User, weekday: int, hour: int, now: datetime) -> None:
    """Somebody wants to be mailed, from their next such hour on."""
    told = {"weekday": weekday, "hour": hour, "is_on": True, "since": now}
    WeeklyMail.objects.update_or_create(user=user, defaults=told)
