"""The last act on a visit or a course, for whoever takes it back, and who came between."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from clinic.base.clock import local_date
from clinic.models import Location, User
from scheduling.models import Course, Replan, Session, SessionEvent

WITHIN = timedelta(minutes=10)
BY_DAY = ("check_in", "no_show")  # what can be taken back until the day is over


def last_act(session: Session, by: User) -> int | None:
    """The line of the history that this person wrote last."""
    return session.history.filter(by=by).order_by("-at", "-id").values_list("pk", flat=True).first()


def slip_of(session: Session, now: datetime) -> int | None:
    """A check-in or no-show of today that is the last thing that happened to the visit."""
    event = session.history.order_by("-at", "-id").first()
    if event is None or event.verb not in BY_DAY or not made_today(event.at, session.location, now):
        return None
    return event.pk


def made_today(at: datetime, location: Location, now: datetime) -> bool:
    return local_date(at, location.timezone) == local_date(now, location.timezone)


def pause_to_undo(course: Course, now: datetime) -> Replan | None:
    """The pause of today that this course is in, if it was made by hand."""
    if course.status != Course.Status.ON_HOLD:
        return None
    last = course.replans.filter(status=Replan.Status.APPLIED).order_by("-pk").first()
    if last is None or last.applied_at is None or not made_today(last.applied_at, course.location, now):
        return None
    kept = last.courses.get(str(course.pk), {})
    return last if "status" in kept and kept["version"] == course.version else None


def since(sessions: Iterable[int], at: datetime) -> SessionEvent | None:
    """The last thing that happened to any of these visits after `at`."""
    rows = SessionEvent.objects.filter(session__in=list(sessions), at__gt=at).select_related("by", "session__location")
    return rows.order_by("-at", "-id").first()


def came_between(event: SessionEvent, location: Location) -> str:
    """Who acted, and when."""
    at = date_format(event.at.astimezone(ZoneInfo(location.timezone)), "H:i")
    if event.by is None:
        return _("This was changed at %(at)s, so it can no longer be undone.") % {"at": at}
    words = {"who": event.by, "at": at}
    return _("%(who)s changed this at %(at)s, so it can no longer be undone.") % words
