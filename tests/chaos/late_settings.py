"""The clinic of tomorrow: one more app, whose migration takes a while."""

from clinic.settings import *  # noqa: F403
from clinic.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.chaos.late"]
