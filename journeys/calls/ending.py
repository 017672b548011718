"""Saying that a call is over where its phone system never did: what an agent can see, and we cannot."""

from datetime import datetime

from django.contrib.auth.models import User

from crm.privacy.access import roles_of
from crm.privacy.roles import SUPERVISES
from crm.sql import cursor
from journeys.calls.keeping import KEEP, parameters
from journeys.calls.models import Call
from journeys.calls.routing import Rota
from journeys.calls.telling import Progress


def may_end(call: Call, actor: User) -> bool:
    """Whether a call goes on, and is this agent's or nobody's yet; whoever supervises may end all of them."""
    is_theirs = call.agent is None or call.agent.user_id == actor.pk
    return call.state != Call.State.ENDED and (is_theirs or bool(SUPERVISES & roles_of(actor)))


def end(call: Call, at: datetime) -> None:
    """A call is over, as if its phone system had told so: it pops up no more, and whoever was on it wraps up."""
    told = {"source": call.source_id, "call_id": call.call_id, "state": Progress.ENDED.value,
            "rang_at": call.rang_at, "ended_at": at}  # fmt: skip
    with cursor() as sql:
        sql.execute(KEEP, parameters([told], Rota(), is_told=False))
