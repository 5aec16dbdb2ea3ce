"""One settings file, fed by the environment (docs/operations.md lists the variables)."""

import os
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import dj_database_url
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from clinic import addresses

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = addresses.VAR_DIR


def flag(name: str, default: bool = False) -> bool:
    """An environment variable read as a switch: 1, true, yes and on mean on."""
    return os.environ.get(name, str(default)).lower() in {"1", "true", "yes", "on"}


# --- Where we are ----------------------------------------------------------------------------------------------------
DEBUG = flag("DEBUG")
PORT = os.environ.get("PORT", "8000")
SITE_URL = os.environ.get("SITE_URL", f"http://127.0.0.1:{PORT}").rstrip("/")
SITE_HOST = urlsplit(SITE_URL).hostname or "127.0.0.1"
SECURE_SITE = SITE_URL.startswith("https://")
ALLOWED_HOSTS = [SITE_HOST, *([] if SECURE_SITE else ["127.0.0.1", "localhost", "[::1]"])]
CSRF_TRUSTED_ORIGINS = [SITE_URL]
DEMO = flag("DEMO")


def secret_key() -> str:
    """The key from the environment, or one made at the first start and kept beside the data."""
    if key := os.environ.get("SECRET_KEY"):
        return key
    path = VAR_DIR / "secret_key"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(os.urandom(48).hex())
    return path.read_text()


SECRET_KEY = secret_key()

# --- Parts -----------------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "crispy_forms",
    "crispy_bootstrap5",
    "csp",
    "django_htmx",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "pghistory",
    "pgtrigger",
    "rest_framework",
    "clinic",
    "protocols",
    "patients",
    "scheduling",
]
MIDDLEWARE = [
    "clinic.middleware.OneBudget",
    "clinic.middleware.HealthForAnybody",
    # First what every answer carries, static files and refusals of a strange host included.
    "clinic.middleware.PrivacyHeaders",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "clinic.middleware.Compressed",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "clinic.middleware.ActingRole",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "pghistory.middleware.HistoryMiddleware",
    "clinic.middleware.ReadableAddress",
    "clinic.middleware.DefaultDeny",
    "clinic.middleware.RefusalPages",
]
ROOT_URLCONF = "clinic.urls"
# What the calendar knows of patients before the needle, for the app below it (patients.queries.readiness).
VISITS_BEFORE_THE_NEEDLE = "scheduling.treatment.queries.readiness.visits_of_patients"
WSGI_APPLICATION = "clinic.wsgi.application"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "clinic.navigation.navigation",
            ],
        },
    }
]
CRISPY_ALLOWED_TEMPLATE_PACKS = CRISPY_TEMPLATE_PACK = "bootstrap5"

# --- Data ------------------------------------------------------------------------------------------------------------
# The application role may read and write rows and nothing else; the owner role migrates (docs/adr/0001).
DATABASE_URL = os.environ.get("DATABASE_URL", addresses.nobody(VAR_DIR))
try:
    DATABASES = {
        "default": dj_database_url.parse(
            DATABASE_URL, engine="clinic.postgres", conn_max_age=60, conn_health_checks=True
        )
    }
except ValueError as error:
    raise ImproperlyConfigured(f"DATABASE_URL cannot be read. {error}") from error
DATABASES["default"].setdefault("OPTIONS", {})
DATABASES["default"]["OPTIONS"].update(
    {
        "connect_timeout": 3,
        # A host that is gone without a word is noticed within half a minute.
        "keepalives": 1,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 25_000,
        "application_name": os.environ.get("PROCESS_NAME", "mesoplan"),
        # No parallel workers: our statements are small, and starting helpers was measured to take longer than they do.
        # One plan for whatever values: that is what clinic.base.rows prepares statements for.
        "options": os.environ.get(
            "PGOPTIONS",
            "-c lock_timeout=2s -c statement_timeout=15s -c idle_in_transaction_session_timeout=30s -c timezone=UTC"
            " -c client_connection_check_interval=1s"
            " -c max_parallel_workers_per_gather=0 -c plan_cache_mode=force_generic_plan",
        ),
    }
)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/0")
REQUEST_SECONDS = float(os.environ.get("REQUEST_SECONDS", "5"))  # what one request may wait in all
CACHES = {
    # Rate limits of the sign-in live here; the table is shared by every web host and survives the broker. No entry is
    # ever dropped to make room, since somebody could make room for more guesses; `clinic.prune` removes what ran out.
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "clinic_cache",
        "OPTIONS": {"MAX_ENTRIES": 10**9},
    },
    # Rate limits of the API, counted by each web process for itself.
    "rates": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "rates",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    },
}
SESSION_ENGINE = "clinic.sessions"
MEDIA_ROOT = Path(os.environ.get("MEDIA_ROOT", VAR_DIR / "media"))

# --- Celery: a doorbell, never the record of work (docs/adr/0005) ----------------------------------------------------
CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 300,  # far beyond the time limit of any task, or a task would be begun twice
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "socket_timeout": 10,
    "socket_connect_timeout": 2,
    "health_check_interval": 25,
}
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_TIME_LIMIT = 200  # of the last mail of a run, whose server answers each step just in time
CELERY_TASK_SOFT_TIME_LIMIT = 180
# A queue and a worker for each kind of work, so that nothing waits for a mail server: `plan` builds what somebody waits
# for, `mail` sends, `sweep` is the clock's housekeeping, escalations included.
CELERY_TASK_DEFAULT_QUEUE = "sweep"
CELERY_TASK_ROUTES = {
    "scheduling.build_proposal": {"queue": "plan"},
    "scheduling.build_disruption": {"queue": "plan"},
    "scheduling.sweep_proposals": {"queue": "plan"},
    "scheduling.run_import": {"queue": "plan"},
    "scheduling.run_export": {"queue": "plan"},
    "scheduling.advance_horizon": {"queue": "plan"},
    "scheduling.dispatch_messages": {"queue": "mail"},
}
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# A task that the broker lost sight of goes on: who is given it again finds the row taken. A sender that is killed in
# the middle of a letter would leave a doubt.
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 30
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"  # a crontab in a zone with summer time fires nothing for an hour in autumn

# --- Sign-in --------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "clinic.User"
AUTHENTICATION_BACKENDS = ["clinic.accounts.WithStaff"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "clinic.accounts.ClinicAccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 600
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 3
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = 3
ACCOUNT_RATE_LIMITS = {"request_login_code": "20/m/ip,3/m/key"}
ACCOUNT_FORMS = {"request_login_code": "clinic.signin.RequestCodeForm"}
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_EMAIL_NOTIFICATIONS = True  # every change of sign-in data is told by mail
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "clinic.links.LinkTokens"  # noqa: S105 - the name of a class
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if SECURE_SITE else "http"
ALLAUTH_TRUSTED_PROXY_COUNT = int(os.environ.get("TRUSTED_PROXIES", "0"))
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not SECURE_SITE
STAFF_NEED_SECOND_FACTOR = flag("STAFF_NEED_SECOND_FACTOR", default=SECURE_SITE)
PASSWORD_RESET_TIMEOUT = 3600
# A staff session is locked after 12 hours at most (clinic.base.gate). It is kept longer: what somebody had typed
# is sent once they are back.
SESSION_COOKIE_AGE = int(timedelta(hours=24).total_seconds())

# --- Browser safety --------------------------------------------------------------------------------------------------
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SITE
SESSION_COOKIE_NAME = "__Host-session" if SECURE_SITE else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if SECURE_SITE else "csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "clinic.kept.csrf_failure"
SECURE_SSL_REDIRECT = SECURE_SITE
SECURE_SSL_HOST = urlsplit(SITE_URL).netloc  # never the host that a caller names
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 31536000 if SECURE_SITE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE_SITE
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ALLAUTH_TRUSTED_PROXY_COUNT else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}

# --- Language, time --------------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en-gb"
LANGUAGES = [("en-gb", _("English"))]  # another one as soon as its catalogue is complete (clinic/base/languages.py)
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = USE_TZ = True
TIME_ZONE = "UTC"  # instants are UTC; pages show the zone of the location

# --- Static files: our own, and the browser libraries npm installed --------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
NPM = BASE_DIR / "node_modules"
STATICFILES_DIRS = [
    BASE_DIR / "static",
    *[
        (f"npm/{name}", NPM / folder)
        for name, folder in {
            "bootstrap": "bootstrap/dist",
            "inter": "@fontsource-variable/inter",
            "htmx": "htmx.org/dist",
            "event-calendar": "@event-calendar/build/dist",
        }.items()
        if (NPM / folder).is_dir()
    ],
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if not flag("PLAIN_STATIC", default=DEBUG)
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = flag("PLAIN_STATIC", default=DEBUG)

# --- Mail ------------------------------------------------------------------------------------------------------------
# A clinic that names a mail server uses it; until then letters are files, and the director's page says so.
EMAIL_BACKEND = os.environ.get("EMAIL_BACKEND") or (
    f"django.core.mail.backends.{'smtp' if os.environ.get('EMAIL_HOST') else 'filebased'}.EmailBackend"
)
EMAIL_FILE_PATH = VAR_DIR / "mail"
EMAIL_HOST = os.environ.get("EMAIL_HOST") or "localhost"
EMAIL_PORT = int(os.environ.get("EMAIL_PORT", "25"))
EMAIL_HOST_USER = os.environ.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = flag("EMAIL_USE_TLS")
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = os.environ.get("DEFAULT_FROM_EMAIL", "clinic@demo.test")
MESSAGE_UNKNOWN_POLICY = os.environ.get("MESSAGE_UNKNOWN_POLICY", "resend")
if MESSAGE_UNKNOWN_POLICY not in {"resend", "hold"}:
    raise ImproperlyConfigured("MESSAGE_UNKNOWN_POLICY is resend or hold.")
SMS_URL = os.environ.get("SMS_URL", "")  # an apprise address with {phone} in it; without one the desk calls

# --- API -------------------------------------------------------------------------------------------------------------
API_RATES = {  # requests a minute, of one address and of one token or person; empty is no limit
    "address": os.environ.get("API_RATE_PER_ADDRESS", "1200/minute"),
    "caller": os.environ.get("API_RATE_PER_CALLER", "600/minute"),
}
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["clinic.base.tokens.TokenAuthentication", "clinic.base.tokens.BrowserSession"],
    "DEFAULT_PERMISSION_CLASSES": ["clinic.base.permissions.RolePermission"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_PAGINATION_CLASS": "clinic.base.paging.Pages",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "clinic.base.problems.exception_handler",
    "NUM_PROXIES": ALLAUTH_TRUSTED_PROXY_COUNT,
    "URL_FORMAT_OVERRIDE": None,
    "COERCE_DECIMAL_TO_STRING": True,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Mesoplan",
    "DESCRIPTION": "Planning and running mesotherapy treatment courses.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "ENUM_NAME_OVERRIDES": {
        "CourseStatus": "scheduling.models.Course.Status",
        "ProposalStatus": "scheduling.models.Proposal.Status",
        "MessageStatus": "scheduling.models.Message.Status",
        "SessionStatus": "scheduling.models.SessionStatus",
        "ConsentStatus": "patients.models.Consent.Status",
        "DecisionTaken": "patients.models.FindingDecision.Decision",
        "SessionKind": "scheduling.models.Session.Kind",
        "MessageKind": "scheduling.models.Message.Kind",
        "PhaseKind": "protocols.models.Phase.Kind",
        "IntervalUnit": "protocols.models.Phase.Unit",
    },
}

# --- History, logs ---------------------------------------------------------------------------------------------------
PGHISTORY_APPEND_ONLY = True
SEAL_FILE = Path(os.environ.get("SEAL_FILE", VAR_DIR / "seals.txt"))  # the heads of the sealed days (clinic.seal)
LOG_LEVEL = os.environ.get("LOG_LEVEL", "INFO")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {
            "()": "clinic.base.logs.NamelessFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
        }
    },
    "filters": {"masked": {"()": "clinic.base.logs.SecretsMasked"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain", "filters": ["masked"]}},
    "loggers": {
        # The web server writes no access log of its own accord; one that is switched on goes through the same mask.
        "gunicorn.access": {"handlers": ["console"], "propagate": False},
        # Celery sets the root's level to its own --loglevel, WARNING; what our tasks did is told all the same.
        **{name: {"level": LOG_LEVEL} for name in ("clinic", "patients", "protocols", "scheduling")},
    },
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
}
