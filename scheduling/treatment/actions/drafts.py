"""A record that is being written is kept as it is typed, and no window writes over another's words unseen (D41)."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from clinic.base import clock
from clinic.base.refusals import Conflict
from clinic.models import User
from scheduling.calendar.actions.placing import lock_session
from scheduling.models import RecordDraft, Session
from scheduling.treatment.actions.visits import check_clinical

Typed = Mapping[str, Sequence[str]]  # name of a field -> the strings that were sent


@transaction.atomic
def keep_draft(
    *, session: Session, data: Typed, seen: int | None, by: User, now: datetime | None = None
) -> RecordDraft:
    """Keep what stands on the page. `seen`: the number of the draft that the window began from, 0 for none; None to
    write over whatever is there.

    Conflict (409) with the draft that is there when another window has kept something else since, and when the visit is
    not being recorded.
    """
    check_clinical(by)
    row = lock_session(session.pk)
    if row.status != "in_progress":
        raise Conflict(_("This visit is not in progress any more."), extra={"state": row.status})
    given = {name: list(values) for name, values in data.items()}
    draft = RecordDraft.objects.filter(session=row).first()
    if draft is None:
        return RecordDraft.objects.create(session=row, data=given, kept_by=by, kept_at=now or clock.now())
    if draft.data == given:
        return draft
    if seen is not None and seen != draft.number:
        raise Conflict(_("Another window has kept something else meanwhile."), extra={"draft": draft.number})
    draft.data, draft.number, draft.kept_by, draft.kept_at = given, draft.number + 1, by, now or clock.now()
    draft.save()
    return draft
