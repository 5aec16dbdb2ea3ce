"""Consent to the test and to the treatment: signed, refused, withdrawn (D20, D23).

Closing a course after a refusal or withdrawal is scheduling's, which wraps these.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from clinic.base import clock
from clinic.base.access import PATIENT, role_of
from clinic.base.refusals import BadInput, Conflict, FieldError, Malformed, Reason, Refusal
from clinic.base.versions import check_version
from clinic.models import User
from patients.actions.checks import recent, tidy_note, tidy_text
from patients.models import Consent, Patient
from patients.queries.statements import statements_for
from protocols.eligibility import Act
from protocols.models import ConsentStatement


@transaction.atomic
def sign_consent(
    *,
    patient: Patient,
    act: Act | str,
    statements: Sequence[str],
    signed_name: str,
    signed_at: datetime | None = None,
    by: User,
    now: datetime | None = None,
) -> Consent:
    """The lines as the patient saw them, with the name signed.

    `statements`: codes, at least of every line that always applies. `signed_at`: at most seven days back. BadInput for
    an unknown line, Refusal naming the lines left out. A patient's own signature carries the time of the request and
    the name on record; any other is refused (D36).
    """
    now = now or clock.now()
    if role_of(by) == PATIENT:
        check_own_signature(patient, signed_name, signed_at)
        signed_name = str(patient)
    return Consent.objects.create(
        patient=patient,
        act=Act(act),
        statements=[{"code": line.code, "text": line.text} for line in lines_of(act, statements)],
        signed_name=tidy_text("signed_name", signed_name, longest=200),
        signed_at=recent("signed_at", signed_at or now, now),
        recorded_by=by,
    )


def check_own_signature(patient: Patient, signed_name: str, signed_at: datetime | None) -> None:
    """A patient signs with their own name, now (D36). Capitals and spaces may differ."""
    if signed_name.casefold().split() != str(patient).casefold().split():
        raise Malformed.at(
            "signed_name", _("Please sign with your own name, as we have it: %s.") % patient, "not_own_name"
        )
    if signed_at is not None:
        raise Malformed.at("signed_at", _("Your signature carries the time at which you send it."), "read_only")


@transaction.atomic
def refuse_consent(
    *, patient: Patient, act: Act | str, name: str, reason: str = "", by: User, now: datetime | None = None
) -> Consent:
    """The patient said no to this act; from now on no earlier yes counts (D23)."""
    return Consent.objects.create(
        patient=patient,
        act=Act(act),
        status=Consent.Status.REFUSED,
        signed_name=tidy_text("signed_name", name, longest=200),
        signed_at=now or clock.now(),
        recorded_by=by,
        withdrawn_reason=tidy_note("reason", reason),
    )


@transaction.atomic
def withdraw_consent(
    *, consent: Consent, reason: str = "", by: User, version: int | None = None, now: datetime | None = None
) -> Consent:
    """The patient takes the consent back. Conflict when it does not stand any more."""
    locked = Consent.objects.select_for_update().get(pk=consent.pk)
    check_version(locked, version)
    if locked.status != Consent.Status.ACTIVE:
        raise Conflict(_("This consent is no longer valid."))
    locked.status = Consent.Status.WITHDRAWN
    locked.withdrawn_at = max(now or clock.now(), locked.signed_at)
    locked.withdrawn_by = by
    locked.withdrawn_reason = tidy_note("reason", reason)
    locked.version += 1
    locked.save()
    return locked


def lines_of(act: Act | str, codes: Iterable[str]) -> list[ConsentStatement]:
    """The lines named, in the order they are read."""
    offered = {line.code: line for line in statements_for(act)}
    given = list(dict.fromkeys(codes))
    if unknown := [code for code in given if code not in offered]:
        raise BadInput(
            _("Some of these lines do not belong to this consent."),
            errors=[
                FieldError("statements", "unknown", _("“%(code)s” is not known.") % {"code": code}) for code in unknown
            ],
        )
    if left_out := [line for line in offered.values() if not line.scope and line.code not in given]:
        raise Refusal(
            _("The patient has not read and accepted every line."),
            reasons=[Reason(line.code, line.text, cites=line.cites) for line in left_out],
        )
    return [line for code, line in offered.items() if code in given]
