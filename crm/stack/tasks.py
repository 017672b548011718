"""What the worker is asked, to know that it answers."""

from crm.celery import app
from crm.stack import beats


@app.task
def answer() -> None:
    """Show that a message went through the broker to a worker that reached the database."""
    beats.beat(beats.WORKER)
