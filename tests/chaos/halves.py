"""Books the visits of a proposal one after the other, each in a transaction of its own, as a control: killed half way,
it leaves half.

    PROPOSAL USER      their ids
"""

import sys
import time

from django.db import transaction

from clinic.base import clock, scope
from clinic.models import User
from scheduling.courses.planning.actions.plan_rows import write_plan
from scheduling.models import Proposal
from scheduling.planner.rows import PlanRow

PAUSE_SECONDS = 0.1  # so that somebody can come in between


@scope.whole()
def books_singly(proposal: int, by: int) -> None:
    wanted, practitioner = Proposal.objects.get(pk=proposal), User.objects.get(pk=by)
    for row in wanted.sessions:
        with transaction.atomic():
            write_plan(wanted.course, [PlanRow.read(row)], by=practitioner, now=clock.now())
        time.sleep(PAUSE_SECONDS)


if __name__ == "__main__":
    books_singly(*map(int, sys.argv[1:]))
