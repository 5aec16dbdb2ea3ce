"""Every fact is read by something in the product, and no longer counts when that is taken away (D49)."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from protocols.library import citations, expected
from protocols.library.readers import CITATIONS, READERS, readers
from protocols.models import Technique
from scheduling.models import Practitioner
from scheduling.treatment.queries import steps
from tests.factories import TODAY
from tests.protocols.patients import catalogue
from tests.scheduling.course_steps import book_treatment, make_course
from tests.scheduling.visits import a_session


def test_every_fact_names_who_reads_it() -> None:
    found = readers(catalogue())
    assert len(found) == 374
    assert [fact for fact, by in found.items() if not by] == []


def test_only_background_is_read_on_the_page_of_its_id_alone() -> None:
    kinds = {kind for kind, reader in READERS.items() if reader == CITATIONS}
    assert kinds == {"information", "claim", "role"}


@pytest.mark.parametrize(
    ("where", "name", "facts"),
    [
        (steps, "steps_of", {"F064", "F082", "F171", "F229", "F230", "F231", "F232", "F233", "F235"}),
        (expected, "outcomes_of", {"F355", "F358", "F359", "F364", "F366", "F367"}),
        (expected, "programmes_for", {"F027", "F031", "F076"}),
        (expected, "goals", {"F020"}),
        (citations, "homes_of", {"F261"}),
    ],
)
def test_a_reader_taken_away_leaves_its_facts_unread(monkeypatch, where, name, facts) -> None:
    monkeypatch.delattr(where, name)
    assert facts <= {fact for fact, by in readers(catalogue()).items() if not by}
    with pytest.raises(CommandError):
        call_command("catalogue_coverage", stdout=StringIO())


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("consultation", ["The wish was talked through at length", "Alternatives discussed", "Price told"]),
        ("treatment", ["Operator&#x27;s experience with the mode", "Skin antisepsis before"]),
        ("review", ["Days of recovery"]),
    ],
)
def test_the_practitioner_reads_on_the_visit_what_the_sources_want_asked_and_written(
    clinic, patient, practitioner, browser_of, kind: str, said: list[str]
) -> None:
    session = a_session(patient, clinic, kind=kind)
    browser: Client = browser_of(practitioner)
    page = browser.get(reverse("desk:visit", args=[session.pk])).content.decode()
    assert [text for text in said if text not in page] == []
    assert "About 10 ml of blood" not in page


@pytest.mark.django_db
def test_a_protocol_says_what_its_source_expects(clinic, practitioner, browser_of) -> None:
    page = browser_of(practitioner).get(reverse("protocols:detail", args=["P05"])).content.decode()
    assert "That fat cells shrink over ten sessions is only claimed." in page
    assert "the half-yearly session keeps what was reached" not in page
    assert (
        "Reduce fat and fluid in the tissue"
        in browser_of(practitioner).get(reverse("protocols:detail", args=["P07"])).content.decode()
    )


@pytest.mark.django_db
def test_a_mix_is_built_beside_what_the_sources_make_one_for(patient, practitioner, browser_of) -> None:
    page = browser_of(practitioner).get(reverse("patients:mix", args=[patient.pk])).content.decode()
    assert "Less local fat" in page
    assert "Protection from free radicals (claimed)" in page


@pytest.mark.django_db
@pytest.mark.parametrize(("experienced", "said"), [(False, True), (True, False)])
def test_a_hand_without_experience_is_named_before_nappage(
    clinic, patient, practitioner, browser_of, experienced: bool, said: bool
) -> None:
    Practitioner.objects.update(experienced=experienced)
    course = make_course(
        patient, clinic, practitioner, technique=Technique.objects.get(code="nappage"), status="active"
    )
    session = book_treatment(course, TODAY, 11)
    page = browser_of(practitioner).get(reverse("desk:visit", args=[session.pk])).content.decode()
    assert ("is not on record as experienced with it" in page) is said
