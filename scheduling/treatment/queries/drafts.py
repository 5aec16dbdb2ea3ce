"""A record while it is written: what was kept of it, and the record of last time."""

from scheduling.models import RecordDraft, Session, SessionStatus, TreatmentRecord


def draft_of(session: Session) -> RecordDraft | None:
    return RecordDraft.objects.filter(session=session).select_related("kept_by").first()


def last_record(session: Session) -> TreatmentRecord | None:
    """Of the treatment of this course before this one."""
    if session.course_id is None:
        return None
    done = TreatmentRecord.objects.filter(session__course=session.course_id, session__status=SessionStatus.COMPLETED)
    done = done.exclude(session=session).exclude(session__kind=Session.Kind.ALLERGY_TEST)
    return done.order_by("-started_at").first()
