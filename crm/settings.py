"""The project's one settings file. Every value that a deployment may change is an environment variable read here."""

from datetime import timedelta
from pathlib import Path

import environ
from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.urls import reverse_lazy

from crm import skin
from crm.stack import embedded
from crm.stack.addresses import database_settings
from crm.stack.logs import logging_of

env = environ.Env()
BASE_DIR = Path(__file__).resolve().parent.parent

# Where things are kept
DATA_DIR = Path(env.str("THROUGHLINE_DATA", default="") or BASE_DIR / "var").expanduser().resolve()
DATABASE_URL = env.str("DATABASE_URL", default="")
DATABASE_OWNER_URL = env.str("DATABASE_OWNER_URL", default="")
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default="")

# Who may ask, and how they reach us
SECRET_KEY = env.str("THROUGHLINE_SECRET_KEY", default="") or embedded.kept_secret(DATA_DIR, "secret_key")
AUDIT_KEY = env.str("THROUGHLINE_AUDIT_KEY", default="") or embedded.kept_secret(DATA_DIR, "audit_key")
# Seals what is secret in the database: the newest first; the others open what they sealed (manage.py rotate_secrets)
ENCRYPTION_KEYS = env.list("THROUGHLINE_ENCRYPTION_KEYS", default=[]) or [
    embedded.kept_secret(DATA_DIR, "encryption_key")
]
ERASURE_KEY = env.str("THROUGHLINE_ERASURE_KEY", default="") or embedded.kept_secret(DATA_DIR, "erasure_key")
DEBUG = env.bool("THROUGHLINE_DEBUG", default=False)
ALLOWED_HOSTS = env.list("THROUGHLINE_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
PUBLIC_URL = env.str("THROUGHLINE_PUBLIC_URL", default="").rstrip("/")
IS_BEHIND_PROXY = env.bool("THROUGHLINE_BEHIND_PROXY", default=False)
IS_HTTPS = PUBLIC_URL.startswith("https://")

# How often somebody may ask in a second, of each process; ten times as often at once. 0: as often as they like
KEY_RATE = env.int("THROUGHLINE_KEY_RATE", default=5000)
ADDRESS_RATE = env.int("THROUGHLINE_ADDRESS_RATE", default=50)
API_RATE = env.int("THROUGHLINE_API_RATE", default=200)
# How long a statement of a page may take; 0 where a pooler between us and the database takes no such option
STATEMENT_SECONDS = env.int("THROUGHLINE_STATEMENT_SECONDS", default=30)

# What is assumed of numbers and clocks
COUNTRY = env.str("THROUGHLINE_COUNTRY", default="GB")
TIME_ZONE = env.str("THROUGHLINE_TIME_ZONE", default="Europe/London")

# The breaker: a source that joins this many identified customers within so many minutes, and as many times its usual,
# is paused; 0 customers: none ever is
BREAKER_CUSTOMERS = env.int("THROUGHLINE_BREAKER_CUSTOMERS", default=50)
BREAKER_MINUTES = env.int("THROUGHLINE_BREAKER_MINUTES", default=10)
BREAKER_TIMES = env.float("THROUGHLINE_BREAKER_TIMES", default=5.0)

# How much is run
BIND = env.str("THROUGHLINE_BIND", default="127.0.0.1")
WEB_PROCESSES = env.int("THROUGHLINE_WEB_PROCESSES", default=1)
WORKER_PROCESSES = env.int("THROUGHLINE_WORKER_PROCESSES", default=2)
LOG_LEVEL = env.str("THROUGHLINE_LOG_LEVEL", default="INFO")

# The nightly matching: its hour by the clock of the screens, and the share of all customers that it may change unasked
RETAIN_HOUR = env.int("THROUGHLINE_RETAIN_HOUR", default=1)
MATCH_HOUR = env.int("THROUGHLINE_MATCH_HOUR", default=3)
MATCH_LIMIT = env.float("THROUGHLINE_MATCH_LIMIT", default=0.02)
SPARK_MASTER = env.str("THROUGHLINE_SPARK_MASTER", default="local[*]")

ASK_FIRST = env.bool("THROUGHLINE_ASK_FIRST", default=False)  # browsing is shown of those alone who said yes to it
# An inbox that comes in here: a mail to it with the subject “unsubscribe” takes back its sender's consent
UNSUBSCRIBE_ADDRESS = env.str("THROUGHLINE_UNSUBSCRIBE_ADDRESS", default="")

# Mail that goes out: by which server, and from whom. Without a URL none does, and pages say so
EMAIL_URL = env.str("THROUGHLINE_EMAIL_URL", default="")
DEFAULT_FROM_EMAIL = env.str("THROUGHLINE_EMAIL_FROM", default="Throughline <throughline@localhost>")
EMAIL = env.email_url_config(EMAIL_URL or "dummymail://")
EMAIL_BACKEND = EMAIL["EMAIL_BACKEND"]
EMAIL_HOST, EMAIL_PORT = EMAIL["EMAIL_HOST"] or "localhost", EMAIL["EMAIL_PORT"] or 25
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = EMAIL["EMAIL_HOST_USER"] or "", EMAIL["EMAIL_HOST_PASSWORD"] or ""
EMAIL_USE_TLS, EMAIL_USE_SSL = EMAIL.get("EMAIL_USE_TLS", False), EMAIL.get("EMAIL_USE_SSL", False)
EMAIL_FILE_PATH = DATA_DIR / EMAIL["EMAIL_FILE_PATH"]
EMAIL_TIMEOUT = 20

# Recordings of calls: where they may be fetched from besides the providers' own hosts, private networks that may be
# asked, how large and how slow one may be; what judges moods and writes down what is said (dotted paths)
RECORDING_HOSTS = env.list("THROUGHLINE_RECORDING_HOSTS", default=[])
RECORDING_NETWORKS = env.list("THROUGHLINE_RECORDING_NETWORKS", default=[])
WEBHOOK_NETWORKS = env.list("THROUGHLINE_WEBHOOK_NETWORKS", default=[])
RECORDING_MEGABYTES = env.int("THROUGHLINE_RECORDING_MEGABYTES", default=200)
RECORDING_SECONDS = env.float("THROUGHLINE_RECORDING_SECONDS", default=120.0)
RECORDING_BUCKET = env.str("THROUGHLINE_RECORDING_BUCKET", default="")
SENTIMENT = env.str("THROUGHLINE_SENTIMENT", default="journeys.listening.feeling.vader")
TRANSCRIBER = env.str("THROUGHLINE_TRANSCRIBER", default="")

ROOT_URLCONF = "crm.urls"
ASGI_APPLICATION = "crm.asgi.application"
# The doors that pass Django's request cycle by: path prefix -> ASGI application (docs/decisions/ingest-door.md).
DOORS = {"/v1/": "integrations.inbox.door.application", "/in/": "integrations.inbox.door.application"}
USE_TZ = True
USE_I18N = True
LANGUAGE_CODE = "en-gb"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "crm.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.staticfiles",
    "django_htmx",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "axes",
    "anymail",
    "csp",
    "django_structlog",
    "pgtrigger",
    "pghistory",
    "crm",
    "journeys",
    "integrations",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "crm.privacy.headers.HeadersMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "crm.privacy.history.attributing.HistoryMiddleware",
    "crm.privacy.access.PolicyMiddleware",
    "crm.privacy.signing_in.second_factor.SecondFactorMiddleware",
    "axes.middleware.AxesMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": [
                "crm.wording",
                "crm.matching.waiting",
                "crm.privacy.watching.waiting",
                "crm.privacy.holding.shown",
                "journeys.desk.waiting",
                "journeys.calls.presence",
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

# The application's role, and the owner of the tables (crm/stack/owning.py): nobody else where DATABASE_URL is alone
APPLICATION_DATABASE = database_settings(DATABASE_URL) if DATABASE_URL else embedded.database_config(DATA_DIR)
OWNER_DATABASE = {} if DATABASE_URL else embedded.owner_config(DATA_DIR)
if DATABASE_URL and DATABASE_OWNER_URL:
    OWNER_DATABASE = database_settings(DATABASE_OWNER_URL)
DATABASES = {
    "default": {
        **APPLICATION_DATABASE,
        "ENGINE": "django.db.backends.postgresql",
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,  # a pooled connection may be older than the database's last restart
        "TEST": {"SERIALIZE": False},
    }
}
# A web process shares this many connections among its requests (crm/asgi.py); every other process holds one.
WEB_CONNECTIONS = env.int("THROUGHLINE_WEB_CONNECTIONS", default=12)
# Seconds for routing a call; then the default route
CALL_PATIENCE = env.float("THROUGHLINE_CALL_PATIENCE", default=0.15)

# Celery: identity resolution. A message is a hint that there is work; the work itself waits in PostgreSQL.
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, object] = {}
if not CELERY_BROKER_URL:
    CELERY_BROKER_URL = "pgmq://localhost"  # the transport options say where
    CELERY_BROKER_TRANSPORT_OPTIONS = embedded.broker_options(DATABASES["default"])
elif CELERY_BROKER_URL.startswith(("redis", "rediss")):  # without these, a frozen Redis keeps its clients for ever
    CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_timeout": 10, "socket_connect_timeout": 3, "socket_keepalive": True}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "throughline"
CELERY_TASK_DEFAULT_QUEUE_TYPE = "quorum" if CELERY_BROKER_URL.startswith("amqp") else None
CELERY_WORKER_DETECT_QUORUM_QUEUES = True
CELERY_WORKER_CONSUMER = "crm.stack.consuming:PlainConsumer"
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True  # none is acknowledged late; False warns
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False  # it would keep a queue of its own per host
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULER = "crm.stack.scheduling:Scheduler"
CELERY_BEAT_CRON_STARTING_DEADLINE = 6 * 3600  # seconds after its hour that what was missed is still caught up
CELERY_BEAT_SCHEDULE = {  # names of at most 15 characters
    "match": {
        "task": "crm.matching.match",
        "schedule": crontab(hour=MATCH_HOUR, minute=0),
        "options": {"expires": 3600},
    },
    "retain": {
        "task": "crm.privacy.retain",
        "schedule": crontab(hour=RETAIN_HOUR, minute=30),
        "options": {"expires": 3600},
    },
    "retain-left": {"task": "crm.privacy.retain_on", "schedule": 120.0, "options": {"expires": 100}},
    "match-left": {"task": "crm.matching.finish", "schedule": 120.0, "options": {"expires": 100}},
    "rank-reviews": {"task": "journeys.reviewing.rank", "schedule": 600.0, "options": {"expires": 300}},
    "attribution": {"task": "journeys.attribution.count", "schedule": 60.0, "options": {"expires": 50}},
    "mornings": {"task": "journeys.morning.count", "schedule": 60.0, "options": {"expires": 50}},
    "weekly-mails": {"task": "journeys.morning.send", "schedule": 60.0, "options": {"expires": 50}},
    "segments": {"task": "journeys.segments.keep", "schedule": 30.0, "options": {"expires": 25}},
    "paths": {"task": "journeys.paths.pack", "schedule": 30.0, "options": {"expires": 25}},
    "webhooks": {"task": "integrations.webhooks.tell", "schedule": 10.0, "options": {"expires": 9}},
    "uploads": {"task": "integrations.uploads.upload", "schedule": 30.0, "options": {"expires": 25}},
    "touchpoints": {"task": "journeys.attribution.derive", "schedule": 60.0, "options": {"expires": 50}},
}
CELERY_TASK_SOFT_TIME_LIMIT = 60
CELERY_TASK_TIME_LIMIT = 90

STATIC_URL = "/static/"
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "journeys.paths.scripts.PlotlyFinder",
]
STATIC_ROOT = DATA_DIR / "static"
STORAGES: dict[str, dict[str, object]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"},
}
MEDIA_ROOT = DATA_DIR / "media"
if RECORDING_BUCKET:  # S3, with django-storages (README.md says which); credentials as boto3 finds them
    STORAGES["default"] = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {"bucket_name": RECORDING_BUCKET, "default_acl": "private", "querystring_auth": True,
                    "file_overwrite": False},
    }  # fmt: skip

# Sign-in and sessions
LOGIN_URL = reverse_lazy("login")
LOGIN_REDIRECT_URL = reverse_lazy("home")
LOGOUT_REDIRECT_URL = reverse_lazy("login")
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "crm.privacy.signing_in.users.Users"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
# Admins and privacy officers set up a second factor before anything else opens to them
REQUIRE_MFA = env.bool("THROUGHLINE_REQUIRE_MFA", default=True)
ACCOUNT_ADAPTER = "crm.privacy.signing_in.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]  # whose there is none
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False  # here one stays signed in; everywhere else not, as the hash is another
# allauth counts in a cache of each process; django-axes counts in the database, codes included
ACCOUNT_RATE_LIMITS = {"login": None, "login_failed": None, "reauthenticate": "30/m/user"}
MFA_ADAPTER = "crm.privacy.signing_in.adapters.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not IS_HTTPS  # which browsers take of localhost only
MFA_RATE_LIMITS = {"webauthn_login": "120/m/ip"}  # an office has one address
MFA_FORMS = {act: f"crm.privacy.signing_in.codes.{act.title()}Form" for act in ("authenticate", "reauthenticate")}
MFA_TOTP_TOLERANCE = 1  # steps of half a minute by which a phone's clock may be wrong
AXES_HANDLER = "crm.privacy.signing_in.guessing.Guesses"
AXES_USERNAME_CALLABLE = "crm.privacy.signing_in.guessing.name_of"
AXES_CLIENT_IP_CALLABLE = "crm.privacy.signing_in.guessing.whence"
AXES_LOCKOUT_CALLABLE = "crm.privacy.signing_in.guessing.locked"
AXES_LOCKOUT_PARAMETERS = ["username", "ip_address"]
AXES_FAILURE_LIMIT = env.int("THROUGHLINE_WRONG_PASSWORDS", default=5)
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # or nobody gets in as long as somebody else tries
AXES_RESET_ON_SUCCESS = True
AXES_SENSITIVE_PARAMETERS = ["username", "login", "next", "code", "credential", "csrfmiddlewaretoken"]
AXES_DISABLE_ACCESS_LOG = True  # the audit log has it
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
# The company's own sign-in (OpenID Connect), and which of its claims' values mean which role
OIDC_URL = env.str("THROUGHLINE_OIDC_URL", default="")
OIDC_NAME = env.str("THROUGHLINE_OIDC_NAME", default="your company’s sign-in")
OIDC_CLAIM = env.str("THROUGHLINE_OIDC_CLAIM", default="groups")
OIDC_ROLES = env.dict("THROUGHLINE_OIDC_ROLES", default={})
SOCIALACCOUNT_ADAPTER = "crm.privacy.signing_in.sso.SsoAdapter"
SOCIALACCOUNT_EMAIL_VERIFICATION = "none"
SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [{
    "provider_id": "sso", "name": OIDC_NAME, "client_id": env.str("THROUGHLINE_OIDC_ID", default=""),
    "secret": env.str("THROUGHLINE_OIDC_SECRET", default=""), "settings": {"server_url": OIDC_URL},
}] if OIDC_URL else []}}  # fmt: skip
SESSION_COOKIE_AGE = 12 * 3600  # a shift
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = IS_HTTPS
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True  # forms carry it; no script of ours reads it
if IS_HTTPS:  # then no other host of the domain can set them
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-session", "__Host-csrf"
SECURE_HSTS_SECONDS = 31_536_000 if IS_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = IS_HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if PUBLIC_URL else []
if IS_BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    USE_X_FORWARDED_HOST = True

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "media-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "manifest-src": [SELF],
    }
}

UNFOLD = skin.UNFOLD

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "crm.privacy.access.ApiKeyAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["crm.privacy.access.PolicyPermission"],
    "DEFAULT_THROTTLE_CLASSES": ["crm.privacy.throttling.KeyThrottle"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_VERSIONING_CLASS": None,
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Throughline",
    "DESCRIPTION": "One customer, the whole journey. Send a key as `Authorization: Bearer <key>`.",
    "VERSION": "1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    # Nobody on the web is asked about the schema. Deep links would be links inside buttons, which WCAG forbids.
    "SWAGGER_UI_SETTINGS": {"deepLinking": False, "validatorUrl": None},
    "SERVE_INCLUDE_SCHEMA": False,
    # Lists of words that more than one thing has: kinds, states, verdicts.
    "ENUM_NAME_OVERRIDES": {
        "ConsentBasisEnum": "crm.api.consents.BASES",
        "ConsentStateEnum": "crm.api.consents.STATES",
        "ErasureStateEnum": "crm.api.erasures.STATES",
        "IdentifierKindEnum": "crm.identity.kinds.Kind.values",
        "LinkVerdictEnum": "crm.api.decisions.LINK_VERDICTS",
        "ReviewStateEnum": "crm.api.reviews.REVIEW_STATES",
        "ReviewVerdictEnum": "crm.matching.reviewing.VERDICTS",
    },
}

LOGGING = logging_of(LOG_LEVEL)
