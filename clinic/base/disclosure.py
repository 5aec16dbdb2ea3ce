"""What whom: every field that an answer of the API can hold, and the roles that read it. Pages ask the same table.

A field that stands here for nobody cannot be written by a serializer (`clinic.base.api.Shown`), so a new one needs its
place. The desk reads neither conditions nor the words of clinicians (D17); a patient reads their own history without
the staff's words and names.
"""

from clinic.base.access import CARE, CLINICAL, DIRECTOR, PATIENT, SIGNED_IN

ALL = SIGNED_IN
OWN = CLINICAL | {PATIENT}  # clinicians, and the person whose words they are

ENTRY = "code name cites"
SELECTABLE = f"{ENTRY} selectable reason"
VISIT = (
    "id patient course location sequence phase kind status chair_minutes early_limit floor ideal latest not_before "
    "review_due performed_at booking revision version"
)
PERSON = "id given_name family_name phone email birth_date sex language address needs needs_note registered_at version"
HANDED_IN = "id occasion status answered_at amends version warnings"
PLACE = "start end practitioner room device"

FIELDS: dict[str, dict[frozenset[str], str]] = {
    # the catalogue
    "Entry": {ALL: ENTRY},
    "Area": {ALL: f"{SELECTABLE} parent region"},
    "Indication": {ALL: f"{SELECTABLE} field evidence areas"},
    "Substance": {ALL: f"{ENTRY} category allergens injectable"},
    "DeliveryDevice": {ALL: f"{ENTRY} kind needle_count"},
    "Protocol": {
        ALL: "code name version areas indications needs_confirmation needs_counts maintenance_choices flags caveat "
        "evidence sources phases pairs"
    },
    "Phase": {
        ALL: "order kind name sessions interval alternatives duration chair_minutes late_policy review_after cites"
    },
    "Combination": {frozenset({DIRECTOR}): "id indication substance area reason added_at version"},
    "Count": {ALL: "min max"},
    "Interval": {ALL: "early_limit floor ideal latest latest_plus_days unit"},
    "Question": {ALL: "link_id text help type topic options occasions applies_when rows"},
    "Option": {ALL: "code name"},
    "Statement": {ALL: "code act text always"},
    # the clinic
    "Location": {ALL: "id name address phone timezone horizon_days"},
    "Practitioner": {ALL: "id name prescriber location"},
    "Room": {ALL: "id name location"},
    "Device": {ALL: "id name location kind"},
    "Product": {CARE: "id name gtin substance ingredients carrier unit container most_per_session"},
    "Lot": {CARE: "id product location number expires_on left state version"},
    # people and their records
    "Patient": {ALL: PERSON},
    "PatientRegistered": {CARE: f"{PERSON} warnings"},
    "LikelyDuplicate": {CARE: "code patient name same"},
    "KnownElsewhere": {CARE: "code same"},
    "Intake": {ALL: HANDED_IN, OWN: "answers"},
    "Warning": {OWN: "code message"},
    "Verdict": {ALL: "verdict until", CLINICAL: "findings"},
    "Finding": {CLINICAL: "code effect message until cites decision fallen"},
    "Decision": {CLINICAL: "id version code decision reason decided_by decided_at"},
    "Consent": {
        ALL: "id act status statements signed_name signed_at withdrawn_at language interpreter paper text_version "
        "text_digest version"
    },
    "ConsentMissing": {ALL: "act lines"},
    "ConsentLine": {ALL: "code text"},
    "AllergyTest": {CLINICAL: "id formulation administered_at opens_at injections site version"},
    "AllergyTestReading": {CLINICAL: "id version test look read_at result wheal_mm flare_mm provisional"},
    "Formulation": {CLINICAL: "id version name items"},
    "Ingredient": {CLINICAL: "substance amount unit"},
    "Reaction": {ALL: "id patient onset_at answer_by stops version", OWN: "reaction text severity"},
    # courses, visits, messages
    "Course": {
        ALL: "id patient protocol protocol_version areas indication formulation technique delivery_device counts "
        "intervals confirmed maintenance_months start_on location practitioner preferences status back_on version",
        CLINICAL: "status_reason",
    },
    "Proposal": {ALL: "id course status progress cost sessions reasons requested_at ready_at version"},
    "ProposedSession": {ALL: f"sequence phase kind chair_minutes early_limit floor ideal latest late_days why {PLACE}"},
    "ProposalReason": {ALL: "code message params sequence rule until cites"},
    "Why": {ALL: "code params"},
    "Accepted": {ALL: "course sessions version"},
    "Session": {ALL: VISIT},
    "SessionWithHistory": {ALL: f"{VISIT} why history together"},
    # Of `reason` the desk reads what the desk wrote (scheduling.courses.queries.visits.reason_of).
    "SessionEvent": {ALL: "verb from_status to_status at", CARE: "by reason"},
    "Place": {ALL: PLACE},
    "Slot": {ALL: PLACE},
    "Moved": {ALL: "applied digest version kept moved placed waiting dropped unplaceable"},
    "Step": {ALL: "session sequence kind before after floor ideal latest message"},
    "StepPlace": {ALL: f"{PLACE} practitioner_name room_name"},
    "Offer": {ALL: "id session start end practitioner room held_until answer"},
    "Message": {
        ALL: "id patient session course kind channel status revision due_at expires_at sent_at attempts",
    },
}

# What only pages show.
ON_PAGES: dict[str, dict[frozenset[str], str]] = {
    "Opening": {frozenset({DIRECTOR, PATIENT}): "at what role", frozenset({DIRECTOR}): "name"},
}

READERS: dict[tuple[str, str], frozenset[str]] = {
    (body, field): roles
    for body, lines in (FIELDS | ON_PAGES).items()
    for roles, fields in lines.items()
    for field in fields.split()
}


def may_read(role: str | None, body: str, field: str) -> bool:
    """Whether somebody in this role reads the field. KeyError for a field that has no place in the table."""
    return role in READERS[body, field]


def read_by_all(body: str, field: str) -> bool:
    return READERS[body, field] >= ALL
