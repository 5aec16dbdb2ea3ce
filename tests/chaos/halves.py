"""Books the visits of a proposal one after the other, each in a transaction of its own, as a control: killed half way,
it leaves half.

    PROPOSAL USER      their ids
"""

import sys
import time

from django.db import transaction

from clinic.base import clock
from clinic.models import User
from scheduling.courses.planning.actions.plan_rows import write_plan
from scheduling.models import Proposal
from scheduling.planner.rows import PlanRow

PAUSE_SECONDS = 0.1  # so that somebody can come in between

if __name__ == "__main__":
    proposal, by = Proposal.objects.get(pk=sys.argv[1]), User.objects.get(pk=sys.argv[2])
    for row in proposal.sessions:
        with transaction.atomic():
            write_plan(proposal.course, [PlanRow.read(row)], by=by, now=clock.now())
        time.sleep(PAUSE_SECONDS)
