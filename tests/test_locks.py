"""One order of locks for everybody (docs/locks.md). The fixture of tests/locks.py holds it in every other test."""

import re

import pytest
from django.db import transaction

from patients.models import Patient
from scheduling.models import Course, Session
from tests.locks import DOC, Watch, locked_by, order, places, watched


def test_the_document_names_every_place_that_locks():
    assert re.findall(r"^- `(.+)`$", DOC.read_text(), re.MULTILINE) == places()


def test_a_table_stands_in_the_order_once():
    assert len(set(order())) == len(order())


@pytest.fixture
def watch(lock_watch: Watch):
    """A second watch; what it finds does not fail the test."""
    with watched(["scheduling_course", "patients_patient", "scheduling_session"]) as second:
        yield second
    lock_watch.faults.clear()


@pytest.mark.django_db
class TestTheWatch:
    def test_the_order_is_kept_and_a_lock_may_be_left_out_or_taken_again(self, watch: Watch):
        with transaction.atomic():
            list(Course.objects.select_for_update(of=("self",)))
            list(Session.objects.select_for_update(of=("self",)))
            list(Course.objects.select_for_update(of=("self",)))
        assert watch.faults == []

    def test_a_lock_that_comes_too_late_is_found(self, watch: Watch):
        with transaction.atomic():
            list(Session.objects.select_for_update(of=("self",)))
            with transaction.atomic():
                list(Patient.objects.select_for_update(of=("self",)))
        assert watch.faults == ["patients_patient was locked after scheduling_session"]

    def test_another_transaction_begins_anew(self, watch: Watch):
        for rows in (Session.objects, Patient.objects):
            with transaction.atomic():
                list(rows.select_for_update(of=("self",)))
        assert watch.faults == []

    def test_who_skips_what_is_locked_waits_for_nobody(self, watch: Watch):
        with transaction.atomic():
            list(Session.objects.select_for_update(of=("self",)))
            list(Course.objects.select_for_update(of=("self",), skip_locked=True))
        assert watch.faults == []

    def test_a_table_without_a_place_is_found(self, watch: Watch):
        assert locked_by('SELECT 1 FROM "clinic_user" FOR UPDATE') == (["clinic_user"], True)
        watch.note(["clinic_user"], True)
        assert watch.faults == ["clinic_user is not in docs/locks.md"]

    def test_only_the_tables_that_are_named_are_locked(self):
        rows = Course.objects.select_for_update(of=("self", "patient"), no_key=True).select_related(
            "patient", "location"
        )
        assert locked_by(str(rows.query)) == (["scheduling_course", "patients_patient"], True)
