"""What already took place is written down with its real time, on the form of the record (D03, D39)."""

from datetime import datetime

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from clinic.base import clock
from clinic.base.access import CLINICAL, allow
from clinic.base.forms import attempt, posted
from clinic.base.once import reads_once
from clinic.base.requests import HttpRequest
from scheduling.access import access_session
from scheduling.base.pages import done
from scheduling.models import TRANSITIONS, Booking, Session
from scheduling.treatment.actions.afterwards import enter_treatment
from scheduling.treatment.actions.record import TREATED
from scheduling.treatment.forms.afterwards import EnterForm
from scheduling.treatment.views.chair import chair


@allow(CLINICAL)
@reads_once
def visit_enter(request: HttpRequest, session_id: int) -> HttpResponse:
    """Each gate that failed then gets a field of its own for the reason, when the form comes back."""
    session = access_session(request.user, session_id)
    to = reverse("desk:visit", args=[session.pk])
    if session.kind not in TREATED or session.status not in TRANSITIONS["enter_done"][0]:
        return done(request, _("For this visit nothing can be entered afterwards."), to=to)
    form = EnterForm(posted(request), session=session)
    if attempt(form, lambda: enter_treatment(session=session, by=request.user, **form.wanted())):
        return done(request, _("Entered. The record waits for a signature."), to=to)
    return chair(request, session, form=form, entering=True)


def may_have_taken_place(session: Session, booking: Booking | None, now: datetime) -> bool:
    """A treatment whose time is over, or whose window has begun while it has none, and that was never started here."""
    if session.kind not in TREATED or session.status not in TRANSITIONS["enter_done"][0]:
        return False
    today = clock.local_date(now, session.location.timezone)
    return booking.start <= now if booking else session.floor is None or session.floor <= today
