"""Two acts of the patient's record that also change courses: taking consent back, and a positive reading."""

from patients.api import acts
from scheduling.courses.changing.actions.course_safety import read_allergy_test, withdraw_consent


class WithdrawConsent(acts.WithdrawConsent):
    record = staticmethod(withdraw_consent)


class Readings(acts.Readings):
    record = staticmethod(read_allergy_test)
