"""Who may call what: every address of the product and its roles, written out by hand.

A route without a row fails tests/test_access_matrix.py, and so does a row without a route. Roles are literal words, so
that a slip in the product's own sets shows here.
"""

PUBLIC = "public"
PATIENT, DESK, PRACTITIONER = "patient", "front_desk", "practitioner"
DIRECTOR, ADMINISTRATOR = "medical_director", "administrator"

EVERYONE = {PATIENT, DESK, PRACTITIONER, DIRECTOR, ADMINISTRATOR}
CARE = {DESK, PRACTITIONER, DIRECTOR}
CLINICAL = {PRACTITIONER, DIRECTOR}
STAFF = {DESK, PRACTITIONER, DIRECTOR, ADMINISTRATOR}
MANAGERS = {DIRECTOR, ADMINISTRATOR}

# Pages: name -> roles.
ROUTES: dict[str, set[str]] = {
    "home": EVERYONE,
    "healthz": {PUBLIC},
    "readyz": {PUBLIC},
    "schema": {PUBLIC},
    "docs": {PUBLIC},
    "desk:today": EVERYONE,
    "desk:board": EVERYONE,
    "desk:worklists": EVERYONE,
    "courses:list": CARE,
    "courses:new": CLINICAL,
    "courses:detail": CARE,
    "courses:stop": CARE,
    "courses:generate": CLINICAL,
    "courses:proposal": CARE,
    "courses:accept": CARE,
    "courses:allow_late": CLINICAL,
    "patients:list": EVERYONE,
    "patients:detail": EVERYONE,
    "portal:home": EVERYONE,
    "portal:visits": EVERYONE,
    "portal:messages": EVERYONE,
    "portal:documents": EVERYONE,
    "protocols:library": EVERYONE,
    "settings:home": MANAGERS,
    "settings:location_new": MANAGERS,
    "settings:location": MANAGERS,
    "settings:rooms": MANAGERS,
    "settings:room": MANAGERS,
    "settings:device": MANAGERS,
    "settings:holidays": MANAGERS,
    "settings:holiday_remove": MANAGERS,
    "settings:hours": MANAGERS,
    "settings:week": MANAGERS,
    "settings:staff": MANAGERS,
    "settings:invite": MANAGERS,
    "settings:staff_member": MANAGERS,
    "settings:invite_again": MANAGERS,
}

# The API: (method, name) -> roles.
API: dict[tuple[str, str], set[str]] = {
    ("GET", "api:intake-questions"): EVERYONE,
    ("GET", "api:consent-statements"): CARE | {PATIENT},
    ("GET", "api:patients"): CARE | {PATIENT},
    ("POST", "api:patients"): CARE,
    ("GET", "api:patient"): CARE | {PATIENT},
    ("PATCH", "api:patient"): CARE,
    ("POST", "api:patient-intake"): CARE | {PATIENT},
    ("GET", "api:patient-eligibility"): CARE | {PATIENT},
    ("POST", "api:patient-decisions"): CLINICAL,
    ("POST", "api:patient-consents"): CARE | {PATIENT},
    ("POST", "api:consent-withdraw"): CARE | {PATIENT},
    ("POST", "api:patient-allergy-tests"): CLINICAL,
    ("POST", "api:allergy-test-readings"): CLINICAL,
    ("POST", "api:formulations"): CLINICAL,
    ("GET", "api:areas"): EVERYONE,
    ("GET", "api:indications"): EVERYONE,
    ("GET", "api:substances"): EVERYONE,
    ("GET", "api:techniques"): EVERYONE,
    ("GET", "api:delivery-devices"): EVERYONE,
    ("GET", "api:protocols"): EVERYONE,
    ("GET", "api:protocol"): EVERYONE,
    ("GET", "api:locations"): EVERYONE,
    ("GET", "api:practitioners"): EVERYONE,
    ("GET", "api:rooms"): STAFF,
    ("GET", "api:devices"): STAFF,
    ("GET", "api:courses"): CARE | {PATIENT},
    ("POST", "api:courses"): CLINICAL,
    ("GET", "api:course"): CARE | {PATIENT},
    ("POST", "api:course-hold"): CARE,
    ("POST", "api:course-resume"): CLINICAL,
    ("POST", "api:course-revoke"): CARE,
    ("POST", "api:course-proposals"): CLINICAL,
    ("GET", "api:proposal"): CARE | {PATIENT},
    ("POST", "api:proposal-accept"): CARE,
    ("GET", "api:slots"): CARE | {PATIENT},
    ("GET", "api:sessions"): CARE | {PATIENT},
    ("POST", "api:sessions"): CARE,
    ("GET", "api:session"): CARE | {PATIENT},
    ("POST", "api:session-check-in"): CARE,
    ("POST", "api:session-start"): CLINICAL,
    ("POST", "api:session-complete"): CLINICAL,
    ("POST", "api:session-no-show"): CARE,
    ("POST", "api:session-cancel"): CARE,
    ("GET", "api:messages"): CARE | {PATIENT},
}
