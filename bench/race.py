"""The race of tests.chaos.racers with a plain insert:  python -m tests.with_django bench.race ROUNDS

Everything else is the action as it is. Only the clause that lets a row back off is gone, so whoever meets another's
uncommitted row waits for it, and two that wait for each other are a deadlock that the database breaks after a second.
"""

import json
import sys

from scheduling.calendar.actions import booking
from tests.chaos.racers import slot

if __name__ == "__main__":
    booking.INSERT = booking.INSERT.replace("ON CONFLICT DO NOTHING", "")
    print(json.dumps(slot(int(sys.argv[1]))))
