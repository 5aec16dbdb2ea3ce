#!/usr/bin/env python
"""Mesoplan's command line. `manage.py up` runs the whole clinic; `manage.py help` lists the rest."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db import OperationalError

from clinic import addresses


def main() -> None:
    """Run the command against the servers of DATABASE_URL, else those that `up` runs for this folder in another shell.

    One line, not a traceback, says that they do not answer or that an address makes no sense.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")
    given = "DATABASE_URL" in os.environ
    found = {} if given or "up" in sys.argv[1:2] else addresses.read(addresses.VAR_DIR)
    os.environ.update({name: value for name, value in found.items() if name not in os.environ})
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        end(str(error), error)
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", None):  # the server answered, and refused something
            raise
        end(addresses.explain(str(error), addresses.VAR_DIR, found=bool(found), given=given), error)


def end(line: str, error: Exception) -> None:
    """Give up with one line; with --traceback, with all of it."""
    if "--traceback" in sys.argv:
        raise error
    sys.exit(line)


if __name__ == "__main__":
    main()
