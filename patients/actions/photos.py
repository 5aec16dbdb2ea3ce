"""Photographs: made anew apart from the server, and only while the patient agrees to them (D36)."""

import subprocess
import sys
from datetime import datetime
from uuid import uuid4

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from clinic.base import clock
from clinic.base.access import CLINICAL, role_of
from clinic.base.refusals import BadInput, Forbidden, Reason, Refusal
from clinic.models import User
from patients.actions.checks import recent
from patients.models import Consent, Patient, Photo
from patients.queries.consent import consent_in_force
from patients.reencode import TOO_LARGE
from protocols.models import TreatmentArea

MOST_BYTES = 25_000_000  # of one file
QUOTA_BYTES = 300_000_000  # of everything kept of one patient
PATIENCE = 30  # seconds


def add_photo(
    *,
    patient: Patient,
    sent: bytes,
    pose: str = Photo.Pose.FRONT.value,
    area: TreatmentArea | None = None,
    taken_at: datetime | None = None,
    by: User,
    now: datetime | None = None,
) -> Photo:
    """Keep a picture of a site. Forbidden unless clinical; Refusal (422) without a standing consent to photographs;
    BadInput at file for what is no picture, too large or beyond the quota, and at taken_at."""
    now = now or clock.now()
    if role_of(by) not in CLINICAL:
        raise Forbidden(_("Only a practitioner may do this."))
    check_agreed(patient, now)
    if len(sent) > MOST_BYTES:
        raise BadInput.at("file", _("The file is larger than 25 MB."), "too_large")
    kept = Photo.objects.filter(patient=patient).aggregate(bytes=Sum("size"))["bytes"] or 0
    if kept + len(sent) > QUOTA_BYTES:
        raise BadInput.at("file", _("There is no room for more photographs of this patient."), "quota")
    width, height, picture = reencoded(sent)
    taken_at = recent("taken_at", taken_at or now, now)
    with transaction.atomic():
        file = ContentFile(picture, name=f"{uuid4().hex}.jpg")
        return Photo.objects.create(
            patient=patient, area=area, pose=pose, file=file, width=width, height=height, size=len(picture),
            taken_at=taken_at, added_by=by,
        )  # fmt: skip


def check_agreed(patient: Patient, now: datetime) -> None:
    if consent_in_force(patient, Consent.Act.PHOTOS, now) is None:
        text = _("The patient has not agreed to photographs: the line of its own is signed first.")
        raise Refusal(text, reasons=[Reason("photo_consent", text, cites=("D36",))])


def reencoded(sent: bytes) -> tuple[int, int, bytes]:
    """Width, height and the picture made anew. BadInput at file."""
    program = [sys.executable, "-m", "patients.reencode"]
    try:
        done = subprocess.run(
            program, input=sent, capture_output=True, timeout=PATIENCE, cwd=settings.BASE_DIR, env={}, check=False
        )
    except subprocess.TimeoutExpired as slow:
        raise BadInput.at("file", _("This file could not be read as a picture."), "no_picture") from slow
    if done.returncode == TOO_LARGE:
        raise BadInput.at("file", _("The picture has more than 50 megapixels."), "too_large")
    if done.returncode:
        raise BadInput.at("file", _("This file is no picture: send a JPEG, PNG or WebP."), "no_picture")
    size, _newline, picture = done.stdout.partition(b"\n")
    width, height = map(int, size.split())
    return width, height, picture


@transaction.atomic
def remove_photo(*, photo: Photo, by: User) -> None:
    """Taken by mistake, or of somebody else: the picture goes, the trail says who took it away."""
    if role_of(by) not in CLINICAL:
        raise Forbidden(_("Only a practitioner may do this."))
    name, storage = str(photo.file.name), photo.file.storage
    photo.delete()
    transaction.on_commit(lambda: storage.delete(name))
