"""Photographs: made anew, only with consent, and a consent as a PDF to take home (D36)."""

from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from PIL import Image

from clinic.models import User
from patients.actions import photos as actions
from patients.actions.consent import sign_consent, withdraw_consent
from patients.models import Consent, Patient, Photo
from tests.factories import NOW
from tests.steps import consent_to

pytestmark = pytest.mark.django_db

Browser = Callable[[User | None], Client]


@pytest.fixture(autouse=True)
def at_ten() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def agreed(patient: Patient, practitioner: User) -> Consent:
    return agrees(patient, practitioner)


def agrees(patient: Patient, by: User) -> Consent:
    """The line of its own for photographs, signed."""
    line = {"statements": ["photographs"], "signed_name": str(patient)}
    return sign_consent(patient=patient, act="photos", **line, by=by, now=NOW)


def a_picture(width: int = 60, height: int = 40, kind: str = "JPEG", mode: str = "RGB", secret: str = "") -> bytes:
    kept, exif = BytesIO(), Image.Exif()
    exif[0x010E] = secret  # ImageDescription
    exif[0x0112] = 6  # turned by a quarter
    Image.new(mode, (width, height)).save(kept, kind, **({"exif": exif} if secret else {}))
    return kept.getvalue()


def send(browser: Client, patient: Patient, content: bytes, name: str = "a.jpg", **more: str) -> Any:
    given = {"file": SimpleUploadedFile(name, content), "area": "thigh", "pose": "front"} | more
    return browser.post(reverse("patients:photos", args=[patient.pk]), given)


def test_a_picture_is_made_anew_upright_and_without_its_metadata(
    patient: Patient, agreed: Consent, practitioner: User, browser_of: Browser
):
    browser = browser_of(practitioner)
    assert send(browser, patient, a_picture(secret="at home, 41.9 N"), name="holiday.png").status_code == 302
    photo = Photo.objects.get()
    answer = browser.get(reverse("patients:photo", args=[photo.pk]))
    kept = b"".join(answer.streaming_content)
    assert (photo.width, photo.height, photo.size) == (40, 60, len(kept))
    assert Image.open(BytesIO(kept)).format == "JPEG"
    assert b"41.9" not in kept
    assert (answer.headers["Content-Type"], answer.headers["X-Content-Type-Options"]) == ("image/jpeg", "nosniff")
    assert "holiday" not in photo.file.name


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "no picture"),
        (b"<!doctype html><script>alert(1)</script>", "no picture"),
        (a_picture()[:200], "no picture"),
        (a_picture(kind="GIF", mode="P"), "no picture"),
        (a_picture(10_000, 6_000, kind="PNG", mode="1"), "50 megapixels"),  # 60 of them, in a file of some kilobytes
    ],
)
def test_what_is_no_picture_or_far_too_large_is_said_at_its_field(
    content: bytes, words: str, patient: Patient, agreed: Consent, practitioner: User, browser_of: Browser
):
    page = send(browser_of(practitioner), patient, content)
    assert (page.status_code, words in str(page.context["form"].errors["file"])) == (422, True)
    assert not Photo.objects.exists()


def test_there_is_a_limit_to_one_file_and_to_all_of_one_patient(
    patient: Patient, agreed: Consent, practitioner: User, browser_of: Browser, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(actions, "MOST_BYTES", 100)
    browser, picture = browser_of(practitioner), a_picture()
    assert "larger than" in str(send(browser, patient, picture).context["form"].errors["file"])
    monkeypatch.setattr(actions, "MOST_BYTES", 10**6)
    monkeypatch.setattr(actions, "QUOTA_BYTES", len(picture))
    assert send(browser, patient, picture).status_code == 302
    assert "no room" in str(send(browser, patient, picture).context["form"].errors["file"])


def test_without_consent_none_is_kept_and_a_withdrawal_hides_them(
    patient: Patient, practitioner: User, desk: User, browser_of: Browser
):
    browser, page = browser_of(practitioner), reverse("patients:photos", args=[patient.pk])
    assert "No consent to photographs" in browser.get(page).content.decode()
    assert send(browser, patient, a_picture()).status_code == 422
    consent = agrees(patient, practitioner)
    for _each in range(2):
        send(browser, patient, a_picture())
    first, second = Photo.objects.all()
    [pair] = browser.get(page).context["pairs"]
    assert (pair.before, pair.after) == (first, second)
    assert browser_of(desk).get(reverse("patients:photo", args=[first.pk])).status_code == 403
    withdraw_consent(consent=consent, reason="changed my mind", by=practitioner, now=NOW)
    assert browser.get(reverse("patients:photo", args=[first.pk])).status_code == 404
    assert browser.get(page).context["pairs"] == []


def test_any_two_of_one_pose_are_compared_and_never_two_poses(
    patient: Patient, agreed: Consent, practitioner: User, browser_of: Browser
):
    browser, page = browser_of(practitioner), reverse("patients:photos", args=[patient.pk])
    for pose in ("front", "front", "left", "front", "front"):
        send(browser, patient, a_picture(), pose=pose)
    front, left = Photo.objects.filter(pose="front"), Photo.objects.get(pose="left")

    def compared(*chosen: object) -> list[Any]:
        pair, alone = browser.get(page, {"show": chosen}).context["pairs"]
        assert (alone.before, alone.after) == (left, None)
        return [pair.before, pair.after]

    assert compared() == [front[0], front[3]]
    assert compared(front[2].pk, front[1].pk) == [front[1], front[2]]
    for odd in ((front[1].pk, left.pk), (front[1].pk, front[1].pk), ("x", "-1"), (10**30, 1)):
        assert compared(*odd) == [front[0], front[3]]


def test_one_taken_by_mistake_goes_with_its_file(
    patient: Patient, agreed: Consent, practitioner: User, browser_of: Browser, media: Path,
    django_capture_on_commit_callbacks: Any,
):  # fmt: skip
    browser = browser_of(practitioner)
    send(browser, patient, a_picture())
    with django_capture_on_commit_callbacks(execute=True):
        browser.post(reverse("patients:photo_remove", args=[Photo.objects.get().pk]))
    assert not Photo.objects.exists()
    assert not list(media.rglob("*.jpg"))


def test_the_database_keeps_no_empty_picture(patient: Patient, practitioner: User):
    empty = {"file": "x.jpg", "width": 1, "height": 1, "size": 0, "taken_at": NOW, "added_by": practitioner}
    with pytest.raises(IntegrityError, match="photo_holds_a_picture"), transaction.atomic():
        Photo.objects.create(patient=patient, **empty)


def test_a_consent_is_taken_home_as_a_pdf_in_whatever_alphabet_the_name_is_written(
    patient: Patient, practitioner: User, desk: User, browser_of: Browser
):
    Patient.objects.filter(pk=patient.pk).update(given_name="Ελένη", family_name="Żółć-Чайковская Ñandú")
    patient.refresh_from_db()
    consent = consent_to(patient, "treatment", by=practitioner, at=NOW)
    answer = browser_of(desk).get(reverse("patients:consent_file", args=[consent.pk]))
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/pdf")
    assert answer.content.startswith(b"%PDF-")
    assert len(answer.content) > 10_000
    assert patient.family_name not in answer.headers["Content-Disposition"]
    assert browser_of(desk).get(reverse("patients:consent", args=[patient.pk])).content.count(b"/pdf/") == 1


def test_a_patient_keeps_their_own_consent_and_nobody_elses(
    patient: Patient, other_patient: Patient, practitioner: User, browser_of: Browser
):
    own, other = (consent_to(each, "treatment", by=practitioner, at=NOW) for each in (patient, other_patient))
    mine = browser_of(patient.user)
    files = [mine.get(reverse("patients:consent_file", args=[each.pk])).status_code for each in (own, other)]
    assert files == [200, 404]
