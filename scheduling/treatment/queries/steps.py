"""What the sources want ticked and written down at a visit, as a reminder on its page (D49)."""

from django.utils.translation import gettext as _

from patients.queries.rules import current_options
from patients.queries.statements import in_scope
from protocols.models import CatalogueEntry
from scheduling.courses.queries.plans import plan_of
from scheduling.models import NEEDLE_KINDS, Booking, Session

AT_THE_CHAIR = ("before", "during", "session", "after")
AT = {Session.Kind.CONSULTATION.value: ("consultation",), Session.Kind.REVIEW.value: ("follow_up",)} | dict.fromkeys(
    NEEDLE_KINDS, AT_THE_CHAIR
)
KINDS = ("checklist", "record_fields")


def steps_of(session: Session) -> list[str]:
    """The names of the steps and fields, those of special plans (own blood, cellulite) only where they belong."""
    wanted = AT.get(session.kind, ())
    rows = CatalogueEntry.objects.filter(kind__in=KINDS, active=True, data__at__in=wanted).order_by("kind", "order")
    found = list(rows)
    if any(row.data.get("scope") for row in found):
        plan, options = plan_of(session.course) if session.course else None, current_options()
        scopes = [(row, row.data.get("scope")) for row in found]
        found = [row for row, scope in scopes if not scope or (plan and in_scope(scope, plan, options))]
    names = [row.data["name"] for row in sorted(found, key=lambda row: wanted.index(row.data["at"]))]
    return [*unpractised(session), *names]


def unpractised(session: Session) -> list[str]:
    """Nappage wants an experienced hand: who is booked, where the records do not say so (F239)."""
    technique = session.course.technique if session.course else None
    if technique is None or technique.code != "nappage":
        return []
    booked = Booking.objects.filter(session=session, active=True, practitioner__experienced=False)
    text = _("Nappage can cut the skin: %(name)s is not on record as experienced with it.")
    return [text % {"name": name} for name in booked.values_list("practitioner__name", flat=True)]
