"""The sheet as a file says what its page says, from the patient's page and from the desk."""

import re
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import strip_tags
from pypdf import PdfReader

from patients.models import Patient
from scheduling.courses.actions.prices import tell_price
from tests.factories import NOW
from tests.scheduling.portal.portal_cast import running_course

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_ten")]


def words_of(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def paper(browser: Client, name: str, *args: object) -> str:
    answer = browser.get(reverse(name, args=args))
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/pdf")
    return words_of(" ".join(page.extract_text() for page in PdfReader(BytesIO(answer.content)).pages))


@pytest.fixture
def running(patient: Patient, clinic: Any, practitioner: Any) -> Any:
    """In an alphabet of its own, with a time ahead and a price told."""
    Patient.objects.filter(pk=patient.pk).update(given_name="Ελένη", family_name="Żółć")
    found = running_course(patient, clinic, practitioner)
    tell_price(
        course=found.course, amount=Decimal(600), currency="EUR", covers="ten sessions", by=practitioner, now=NOW
    )
    return found


def test_every_line_of_the_page_stands_in_the_file(running: Any, patient: Patient, desk: Any, browser_of: Any):
    mine = browser_of(patient.user)
    page = mine.get(reverse("portal:sheet")).content.decode()
    assert reverse("portal:sheet_file") in page
    lines = [words_of(strip_tags(each)).strip() for each in re.findall(r"<li>(.*?)</li>", page, re.DOTALL)]
    dates = [words_of(strip_tags(each)) for each in re.findall(r"<time[^>]*>(.*?)</time>", page)]
    for said in (paper(mine, "portal:sheet_file"), paper(browser_of(desk), "patients:sheet_file", patient.pk)):
        squeezed = said.replace(" ", "")
        assert dates
        missing = [each for each in (*lines, *dates) if each.split("told by")[0].replace(" ", "") not in squeezed]
        assert missing == []
        assert "Ελένη Żółć" in said
        assert "600.00 EUR" in said


def test_somebody_without_a_visit_gets_a_file_that_says_so(patient: Patient, desk: Any, browser_of: Any):
    assert "No visit is booked." in paper(browser_of(desk), "patients:sheet_file", patient.pk)
