"""A web server without what makes a lost database harmless: connections are not looked at before they are used, and
an error of the database is an error of the page."""

from clinic.settings import *  # noqa: F403
from clinic.settings import DATABASES, MIDDLEWARE, REST_FRAMEWORK

DATABASES["default"]["CONN_HEALTH_CHECKS"] = False
MIDDLEWARE = [each for each in MIDDLEWARE if each != "clinic.middleware.RefusalPages"]
REST_FRAMEWORK |= {"EXCEPTION_HANDLER": "rest_framework.views.exception_handler"}
ROOT_URLCONF = "tests.chaos.careless_urls"
