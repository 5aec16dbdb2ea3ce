"""What of the patient's record also concerns courses: consent, and a positive reading."""

from patients.api import acts
from scheduling.courses.changing.actions.course_safety import read_allergy_test, withdraw_consent
from scheduling.courses.queries.plans import plans_of_patient


class Consents(acts.Consents):
    plans = staticmethod(plans_of_patient)


class WithdrawConsent(acts.WithdrawConsent):
    record = staticmethod(withdraw_consent)


class Readings(acts.Readings):
    record = staticmethod(read_allergy_test)
