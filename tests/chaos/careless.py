"""A worker that is careless on purpose, as a control:

    python -m tests.with_django tests.chaos.careless MANNER worker --queues mail …

MANNER is one of tests.chaos.dispatchers.
"""

import sys

from clinic.celery import app
from tests.chaos.dispatchers import behave

if __name__ == "__main__":
    behave(sys.argv[1])
    app.worker_main(sys.argv[2:])
