"""Accepts a proposal in a process that commits after every statement, as a control: killed half way, it leaves half.

PROPOSAL USER      their ids
"""

import sys
from typing import Any

from django.db import connection

from clinic.models import User
from scheduling.courses.planning.actions.proposals import accept_proposal
from scheduling.models import Proposal

OF_TRANSACTIONS = ("SAVEPOINT", "RELEASE", "ROLLBACK")


def committed(execute: Any, statement: Any, given: Any, many: bool, context: dict[str, Any]) -> Any:
    if str(statement).startswith(OF_TRANSACTIONS):
        return None
    found = execute(statement, given, many, context)
    context["connection"].connection.commit()
    return found


if __name__ == "__main__":
    with connection.execute_wrapper(committed):
        accept_proposal(proposal=Proposal.objects.get(pk=sys.argv[1]), by=User.objects.get(pk=sys.argv[2]))
