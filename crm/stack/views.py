"""Whether this process is up, and whether it can do its work."""

from functools import cache

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache

from crm.privacy.access import public
from crm.stack import beats
from crm.stack.errors import StackError


@public
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """This process answers; nothing else is asked."""
    return JsonResponse({"status": "ok"})


@public
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """The database answers and its schema is current. Heartbeats: seconds since each part was last at work."""
    try:
        require_migrations()
        heartbeats = beats.ages()
    except (DatabaseError, StackError) as error:
        return JsonResponse({"ready": False, "reasons": [explain(error)], "heartbeats": {}}, status=503)
    return JsonResponse({"ready": True, "reasons": [], "heartbeats": heartbeats})


@cache
def require_migrations() -> None:
    """Raise StackError when the schema is behind the code. Once it is not, it stays so for this process."""
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        raise StackError(f"{len(missing)} migrations are missing; run: manage.py migrate")


def explain(error: Exception) -> str:
    """A reason for the outside: a database's own words may name hosts and users."""
    return str(error) if isinstance(error, StackError) else "the database does not answer"
