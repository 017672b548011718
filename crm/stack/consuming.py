"""How the worker takes messages from the broker."""

from celery.worker.consumer import Consumer


class PlainConsumer(Consumer):
    """Celery's consumer without delayed delivery: on RabbitMQ that keeps 28 more quorum queues, and no task waits."""

    class Blueprint(Consumer.Blueprint):
        default_steps = [step for step in Consumer.Blueprint.default_steps if not step.endswith(":DelayedDelivery")]
