"""Consent to the test and to the treatment: signed, refused, withdrawn (D20, D23).

Closing a course after a refusal or withdrawal is scheduling's, which wraps these.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from clinic.base import clock
from clinic.base.access import PATIENT, role_of
from clinic.base.refusals import BadInput, Conflict, FieldError, Malformed, Reason, Refusal
from clinic.base.versions import check_version
from clinic.models import User
from patients.actions.checks import CLOCK_SKEW, recent, tidy_note, tidy_text
from patients.actions.identity import Born, check_identity
from patients.models import Consent, Patient
from patients.queries.consent import standing_consent
from patients.queries.statements import digest_of, statements_for, version_of_text
from protocols.models import ConsentStatement


@transaction.atomic
def sign_consent(
    *,
    patient: Patient,
    act: str,
    statements: Sequence[str],
    signed_name: str,
    signed_at: datetime | None = None,
    language: str = "",
    interpreter: str = "",
    paper: str = "",
    born: Born | None = None,
    by: User,
    now: datetime | None = None,
) -> Consent:
    """The lines as the patient saw them, with the name signed. They add to the lines that stand already (D36).

    `statements`: codes; every line that always applies must be among them or stand. `language` of the text as shown,
    the clinic's own unless said; a patient of another language needs a named `interpreter`. `signed_at`: at most seven
    days back, and when it is earlier than now the `paper` says where the signed sheet is. `born`: the birthday that the
    patient says to staff; another one stops (D51). BadInput for an unknown line
    and for a patient's own signature with another time than the request's or another name than on record, Malformed
    for what these need, Refusal naming the lines left out.
    """
    now = now or clock.now()
    if role_of(by) == PATIENT:
        check_own_signature(patient, signed_name, signed_at)
        signed_name = str(patient)
    if born:
        check_identity(patient, born)
    language = language or settings.LANGUAGE_CODE
    check_understood(patient, language, interpreter)
    at = recent("signed_at", signed_at or now, now)
    check_paper(at, paper, now)
    offered = statements_for(act)
    lines = [(line.code, line.text) for line in lines_of(offered, statements, lines_standing(patient, act, at))]
    return Consent.objects.create(
        patient=patient,
        act=Consent.Act(act),
        statements=[{"code": code, "text": text} for code, text in lines],
        language=language,
        interpreter=tidy_text("interpreter", interpreter, longest=200, required=False),
        text_version=version_of_text(offered, language),
        text_digest=digest_of(lines, language),
        paper=tidy_text("paper", paper, longest=200, required=False),
        signed_name=tidy_text("signed_name", signed_name, longest=200),
        signed_at=at,
        recorded_by=by,
        recorded_at=now,
    )


def lines_standing(patient: Patient, act: str, at: datetime) -> frozenset[str]:
    standing = standing_consent(patient, act, at)
    return standing.lines if standing else frozenset()


def check_own_signature(patient: Patient, signed_name: str, signed_at: datetime | None) -> None:
    """A patient signs with their own name, now (D36). Capitals and spaces may differ."""
    if signed_name.casefold().split() != str(patient).casefold().split():
        raise BadInput.at(
            "signed_name", _("Please sign with your own name, as we have it: %s.") % patient, "not_own_name"
        )
    if signed_at is not None:
        raise BadInput.at("signed_at", _("Your signature carries the time at which you send it."), "read_only")


def needs_interpreter(patient: Patient, language: str) -> bool:
    """Whether the text is in another language than the patient's; a country's variant is the same language."""
    return bool(patient.language) and patient.language.split("-")[0] != language.split("-", maxsplit=1)[0]


def check_understood(patient: Patient, language: str, interpreter: str) -> None:
    """The text is in the patient's language, or somebody is named who put it into it (D36)."""
    if needs_interpreter(patient, language) and not interpreter.strip():
        text = _("The text is not in the patient's language: please name the interpreter.")
        raise Malformed.at("interpreter", text, "required")


def check_paper(signed_at: datetime, paper: str, now: datetime) -> None:
    """What was signed earlier is entered from the signed sheet only (D36)."""
    if signed_at < now - CLOCK_SKEW and not paper.strip():
        text = _("An earlier signature is entered from its paper only: please say where the signed sheet is.")
        raise Malformed.at("paper", text, "required")


@transaction.atomic
def refuse_consent(
    *, patient: Patient, act: str, name: str, reason: str = "", by: User, now: datetime | None = None
) -> Consent:
    """The patient said no to this act; from now on no earlier yes counts (D23).

    BadInput at `signed_name` or `reason`.
    """
    return Consent.objects.create(
        patient=patient,
        act=Consent.Act(act),
        status=Consent.Status.REFUSED,
        signed_name=tidy_text("signed_name", name, longest=200),
        signed_at=now or clock.now(),
        recorded_by=by,
        recorded_at=now or clock.now(),
        withdrawn_reason=tidy_note("reason", reason),
    )


@transaction.atomic
def withdraw_consent(
    *, consent: Consent, reason: str = "", by: User, version: int | None = None, now: datetime | None = None
) -> Consent:
    """The patient takes the consent back. Conflict when it is not valid any more. Stale (412) for another `version`."""
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


def lines_of(
    lines: Iterable[ConsentStatement], codes: Iterable[str], standing: frozenset[str]
) -> list[ConsentStatement]:
    """The lines named, in the order they are read; `standing`: codes of those that stand already."""
    offered = {line.code: line for line in lines}
    given = list(dict.fromkeys(codes))
    if unknown := [code for code in given if code not in offered]:
        raise BadInput(
            _("Some of these lines do not belong to this consent."),
            errors=[
                FieldError("statements", "unknown", _("“%(code)s” is not known.") % {"code": code}) for code in unknown
            ],
        )
    needed = (line for line in offered.values() if not line.scope and line.code not in standing)
    if left_out := [line for line in needed if line.code not in given]:
        raise Refusal(
            _("The patient has not read and accepted every line."),
            reasons=[Reason(line.code, line.text, cites=line.cites) for line in left_out],
        )
    return [line for code, line in offered.items() if code in given]
