"""A late infection is asked about, and two that may have one cause alert the director (D53)."""

from datetime import datetime, timedelta

import pytest
from django.urls import reverse

from protocols.models import ExpectedReaction
from scheduling.messages.actions.said import arm_performed
from scheduling.messages.texts import text_of
from scheduling.models import AdverseEvent, Message, Session, TreatmentRecord
from scheduling.treatment.queries.clusters import clusters
from tests.factories import NOW, PatientFactory
from tests.scheduling.visits import a_session, who

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_ten")]

WEEKS_29 = timedelta(weeks=29)


@pytest.fixture
def treated(clinic, practitioner):
    """A treatment that took place, with the lot drawn up."""

    def done(patient=None, *, lot: str = "", by=practitioner, at: datetime = NOW) -> Session:
        session = a_session(
            patient or PatientFactory(),
            clinic,
            kind="treatment",
            status="completed",
            performed_at=at,
            performed_by=who(by) if by else None,
        )
        substances = [{"code": "plant_extracts", "amount": 1, "unit": "ml", "lot": lot}]
        TreatmentRecord.objects.create(session=session, started_at=at, substances=substances, by=practitioner)
        return session

    return done


@pytest.fixture
def infected(practitioner):
    def reported(session: Session, *, onset: datetime = NOW, code: str = "infection") -> AdverseEvent:
        return AdverseEvent.objects.create(
            patient=session.patient,
            session=session,
            reaction=ExpectedReaction.objects.get(code=code),
            onset_at=onset,
            reported_by=practitioner,
            reported_at=NOW,
            answer_by=NOW,
        )

    return reported


class TestTheQuestion:
    def waiting(self, patient) -> dict[str, datetime]:
        rows = Message.objects.filter(patient=patient, channel="portal", kind__startswith="late_", status="scheduled")
        return dict(rows.values_list("kind", "due_at"))

    def test_d53_it_goes_out_2_6_12_and_26_weeks_after_the_session(self, treated, patient):
        arm_performed(session=treated(patient), now=NOW)
        due = self.waiting(patient)
        assert {kind: round((at - NOW) / timedelta(weeks=1)) for kind, at in due.items()} == {
            "late_2w": 2,
            "late_6w": 6,
            "late_12w": 12,
            "late_26w": 26,
        }

    def test_it_counts_from_the_last_session(self, treated, patient):
        later = NOW + timedelta(weeks=3)
        arm_performed(session=treated(patient), now=NOW)
        arm_performed(session=treated(patient, at=later), now=later)
        due = self.waiting(patient)
        assert len(due) == 4
        assert min(due.values()) >= later + timedelta(weeks=1)

    def test_the_patient_reads_what_to_look_for_and_can_tell_the_clinic(self, treated, patient, browser_of):
        arm_performed(session=treated(patient), now=NOW)
        Message.objects.filter(kind="late_2w").update(due_at=NOW)
        page = browser_of(patient.user).get(reverse("portal:messages")).content.decode()
        assert "a lump, a discharge or a dark patch" in page
        assert reverse("portal:reaction_new") in page
        mailed = " ".join(text_of(Message.objects.get(kind="late_2w", channel="email")).mail)
        assert "infection" not in mailed
        assert "lump" not in mailed


class TestAlerts:
    def today(self, browser_of, user) -> str:
        return browser_of(user).get(reverse("desk:today")).content.decode()

    def test_two_with_one_lot_alert_the_director(self, treated, infected, director, practitioner, browser_of):
        infected(treated(lot="L-77", by=None))
        infected(treated(lot="L-77", by=None), code="mycobacterial_skin_infection")
        assert "They share lot L-77." in self.today(browser_of, director)
        assert "They share" not in self.today(browser_of, practitioner)

    def test_two_with_one_practitioner(self, treated, infected, director, browser_of):
        infected(treated(lot="L-1")), infected(treated(lot="L-2"))
        assert "They share practitioner Dr Bianchi." in self.today(browser_of, director)

    def test_two_that_share_nothing_do_not(self, treated, infected):
        infected(treated(lot="L-1", by=None)), infected(treated(lot="L-2", by=None))
        assert clusters(NOW) == []

    @pytest.mark.parametrize(("apart", "found"), [(WEEKS_29, 1), (WEEKS_29 + timedelta(days=1), 0)])
    def test_they_lie_within_29_weeks(self, treated, infected, apart, found):
        infected(treated()), infected(treated(), onset=NOW - apart)
        assert len(clusters(NOW)) == found

    def test_one_infection_told_twice_is_one(self, treated, infected):
        session = treated()
        infected(session), infected(session, code="mycobacterial_skin_infection")
        assert clusters(NOW) == []

    def test_another_reaction_is_no_infection(self, treated, infected):
        infected(treated()), infected(treated(), code="oedema")
        assert clusters(NOW) == []

    def test_as_many_queries_for_two_as_for_eight(self, treated, infected, django_assert_num_queries):
        for _number in range(2):
            infected(treated())
        with django_assert_num_queries(3):
            assert len(clusters(NOW)) == 1
        for _number in range(6):
            infected(treated())
        with django_assert_num_queries(3):
            assert len(clusters(NOW)) == 28
