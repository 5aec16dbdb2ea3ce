"""What a clinic in use holds beside its calendar, written in bulk SQL: courses, history, messages, screening, tests.

Proportions are those of the demonstration, rounded, but for history that grows with the years: of a patient's 25 visits
the first is a consultation and every eight after it are one course, so most courses are over, one or two run. Everybody
has one of three house mixes. Per visit there are four to five messages, two to three events and, once it took place, a
record, an answer to the same-day questions and a screening. Each work list holds some dozens of rows a location.

Not stored, because no page reads them: the rows of pghistory and the log of who opened what.
"""

import json
from datetime import datetime
from typing import Any

import psycopg

from bench.calendars import PEOPLE, ROWS_A_LOCATION, ZONE
from scheduling.demo.names import FAMILY, GIVEN
from tests.factories import FormulationFactory
from tests.steps import clear_answers

VISITS_A_PATIENT = 25
MIXES = (
    {"vitamins": "2.0", "plant_extracts": "1.5"},
    {"vitamins": "1.0", "hyaluronic_acid_fluid": "1.0"},
    {"vitamins": "1.5", "minoxidil": "0.5"},
)

PEOPLE_OF_THE_CLINIC = """
INSERT INTO clinic_user (id, password, email, name, is_active, date_joined)
SELECT %(users)s + n, '!', 'patient' || n || '@bench.test', '', TRUE, %(now)s FROM generate_series(1, %(patients)s) n;
INSERT INTO patients_patient (id, user_id, given_name, family_name, folded, phone, email, birth_date, sex, language,
    registered_at, calendar_digest, version)
SELECT n, %(users)s + n, (%(given)s::text[])[1 + n %% %(givens)s],
    (%(family)s::text[])[1 + n / %(givens)s %% %(families)s], lower((%(given)s::text[])[1 + n %% %(givens)s] || ' ' ||
    (%(family)s::text[])[1 + n / %(givens)s %% %(families)s]), '+3906' || lpad(n::text, 8, '0'),
    'patient' || n || '@bench.test', '1990-01-01', CASE n %% 5 WHEN 0 THEN 'male' ELSE 'female' END, 'en-gb', %(now)s,
    '', 1 FROM generate_series(1, %(patients)s) n;
INSERT INTO patients_contactpreference (patient_id, channel, opted_out, version)
SELECT id, CASE id %% 7 WHEN 0 THEN 'call' ELSE 'email' END, '{}', 1 FROM patients_patient;
"""

# One row a visit: `n` counts the patient's visits from 0, `course` is the id its course will have, `day` is local.
WALK = """
CREATE TEMP TABLE walk AS
SELECT *, (start AT TIME ZONE %(zone)s)::date AS day, "end" < %(now)s AS done,
    CASE WHEN n > 0 THEN patient * 8 + (n - 1) / 8 END AS course, (n - 1) %% 8 + 1 AS sequence
FROM (SELECT *, row_number() OVER (PARTITION BY patient ORDER BY start)::int - 1 AS n FROM stored) numbered;
CREATE INDEX ON walk (course);
ANALYZE walk;
INSERT INTO patients_patientlocation (patient_id, location_id, asked, added_at)
SELECT DISTINCT patient, location, FALSE, %(now)s FROM walk;
"""

COURSES = """
INSERT INTO scheduling_course (id, patient_id, protocol_version_id, indication_id, formulation_id, counts, intervals,
    confirmed, start_on, location_id, practitioner_id, preferences, status, status_reason, created_by_id, created_at,
    version)
SELECT course, patient, %(version)s, %(indication)s, (%(mixes)s::int[])[1 + patient %% 3], '{"1": 8}', '{}', FALSE,
    min(day), min(location), min(practitioner), '{}',
    CASE WHEN NOT bool_and(done) THEN 'active' WHEN patient %% 50 = 0 THEN 'on_hold' WHEN patient %% 50 = 1
    THEN 'revoked' ELSE 'completed' END, CASE WHEN patient %% 50 < 2 THEN 'Travelling' ELSE '' END, %(director)s,
    min(start) - interval '7 days', 1
FROM walk WHERE course IS NOT NULL GROUP BY course, patient;
INSERT INTO scheduling_course (id, patient_id, protocol_version_id, indication_id, formulation_id, counts, intervals,
    confirmed, start_on, location_id, practitioner_id, preferences, status, status_reason, created_by_id, created_at,
    version)
SELECT patient * 8 + 7, patient, %(version)s, %(indication)s, (%(mixes)s::int[])[1 + patient %% 3], '{"1": 8}', '{}',
    FALSE, %(today)s, min(location), min(practitioner), '{}', 'draft', '', %(director)s, %(now)s, 1
FROM walk WHERE patient %% 30 = 4 GROUP BY patient;
INSERT INTO scheduling_course_areas (course_id, treatmentarea_id) SELECT id, %(area)s FROM scheduling_course;
INSERT INTO scheduling_coursejudgement (course_id, judged_at, against)
SELECT course, %(now)s, CASE WHEN patient %% 80 = 9 THEN jsonb_build_array(jsonb_build_object('session',
    min(key) FILTER (WHERE NOT done), 'on', min(day) FILTER (WHERE NOT done), 'verdict', 'deferred', 'until', NULL))
    ELSE '[]'::jsonb END
FROM walk JOIN scheduling_course c ON c.id = course AND c.status = 'active' GROUP BY course, patient;
"""

# Every thousandth visit stands outside its window; every fiftieth patient's course is to be looked at.
SESSIONS = """
INSERT INTO scheduling_session (id, patient_id, course_id, location_id, sequence, phase, kind, chair_minutes,
    early_limit, floor, ideal, latest, review_due, why, status, performed_at, performed_by_id, revision, version,
    created_at)
SELECT key, patient, course, location, CASE WHEN n > 0 THEN sequence ELSE 1 END, (n > 0)::int,
    CASE WHEN n > 0 THEN 'treatment' ELSE 'consultation' END, minutes,
    day - 2, CASE WHEN key %% 1000 = 7 THEN day + 1 ELSE day - 2 END, day + (key %% 1000 = 7)::int, day + 3,
    done AND sequence = 4 AND patient %% 50 = 2, '[{"code": "ideal", "params": {}}]',
    CASE WHEN done THEN 'completed' ELSE 'booked' END, CASE WHEN done THEN "end" END,
    CASE WHEN done THEN practitioner END, 1, 1, start - interval '30 days'
FROM walk ORDER BY key;
INSERT INTO scheduling_booking (kind, session_id, patient_id, practitioner_id, room_id, start, "end", occupied_start,
    occupied_end, active, created_at)
SELECT 'session', key, patient, practitioner, room, start, "end", start - %(near)s, "end" + %(near)s, TRUE, start
FROM walk ORDER BY key;
SELECT setval(pg_get_serial_sequence('scheduling_session', 'id'), (SELECT max(id) FROM scheduling_session));
"""

# Visits without a time: upkeep of courses that are over, soon for some and far for most, and what lost its time.
WAITING = """
INSERT INTO scheduling_session (patient_id, course_id, location_id, sequence, phase, kind, chair_minutes, early_limit,
    floor, ideal, latest, review_due, why, status, revision, version, created_at)
SELECT patient_id, id, location_id, 9, 2, 'maintenance', 30, ideal - 7, ideal - 7, ideal, ideal + 14, FALSE, '[]',
    'planned', 0, 1, %(now)s
FROM (SELECT *, %(today)s::date - 10 + (id %% 370)::int AS ideal FROM scheduling_course
    WHERE id %% 8 = 1 AND status IN ('active', 'completed') AND patient_id %% 4 = 0) due;
INSERT INTO scheduling_session (patient_id, course_id, location_id, sequence, phase, kind, chair_minutes, early_limit,
    floor, ideal, latest, review_due, why, status, revision, version, created_at)
SELECT patient_id, id, location_id, 10, 1, 'treatment', 30, %(today)s, %(today)s, %(today)s::date + 3,
    %(today)s::date + 7 + (id %% 9)::int, FALSE, '[]',
    CASE patient_id %% 300 WHEN 5 THEN 'displaced' WHEN 6 THEN 'no_show' ELSE 'planned' END, 1, 1, %(now)s
FROM scheduling_course WHERE status = 'active' AND id %% 8 = 1 AND patient_id %% 300 IN (5, 6, 7, 8);
"""

EVENTS = """
INSERT INTO scheduling_sessionevent (session_id, verb, from_status, to_status, at, by_id, reason, detail)
SELECT key, 'book', 'planned', 'booked', start - interval '30 days', %(desk)s, '', '{}'::jsonb FROM walk
UNION ALL
SELECT key, 'confirm', 'booked', 'booked', start - interval '2 days', %(desk)s, '', '{"revision": 1}' FROM walk
WHERE key %% 2 = 0 AND start < %(now)s + interval '2 days'
UNION ALL
SELECT key, verb, from_status, to_status, start + after, %(desk)s, '', '{}' FROM walk, (VALUES
    ('check_in', 'booked', 'checked_in', interval '-5 minutes'), ('start', 'checked_in', 'in_progress', interval '0'),
    ('complete', 'in_progress', 'completed', interval '20 minutes')) AS done (verb, from_status, to_status, after)
WHERE done;
INSERT INTO scheduling_treatmentrecord (session_id, started_at, ended_at, areas, needle, depth, injection_points,
    substances, antisepsis_before, antisepsis_before_note, antisepsis_during, antisepsis_during_note, antisepsis_after,
    antisepsis_after_note, emergency_kit, consent_confirmed, barrier_film, drainage_massage, aftercare_given,
    old_sites_checked, skin_response, clinical_response, partial, deviation, deviation_reason, note, by_id, signed_at,
    signed_by_id, version)
SELECT key, start, "end", '{thigh}', '30 G', 'intradermal', 60, %(used)s, TRUE, clean, TRUE, clean, TRUE, clean, TRUE,
    TRUE, TRUE, FALSE, TRUE, TRUE, 'calm', 'better', FALSE, '', '', '', %(director)s, "end", %(director)s, 1
FROM walk, (VALUES ('Chlorhexidine')) AS skin (clean) WHERE done AND n > 0 ORDER BY key;
"""

MESSAGES = """
INSERT INTO scheduling_message (patient_id, session_id, course_id, location_id, kind, channel, revision, dedupe_key,
    context, due_at, expires_at, status, attempts, sent_at, sent_by, read_at, error, created_at)
SELECT patient, key, course, location, kind, way, 1, key || ':' || kind || ':' || way,
    jsonb_build_object('start', start), start + after, start + after + interval '2 days',
    CASE WHEN start + after > %(now)s THEN 'scheduled' WHEN way = 'email' AND key %% 2000 = 3 THEN 'failed'
        WHEN way = 'call' AND start + after > %(now)s - interval '1 day' THEN 'scheduled' ELSE 'sent' END,
    1, CASE WHEN start + after <= %(now)s THEN start + after END, '',
    CASE WHEN start + after <= %(now)s - interval '3 days' THEN start + after END, '', start - interval '30 days'
FROM walk, LATERAL (VALUES
    ('reminder', 'portal', interval '-2 days'),
    ('reminder', CASE patient %% 7 WHEN 0 THEN 'call' ELSE 'email' END, interval '-2 days'),
    ('same_day', 'portal', interval '-3 hours'), ('check_24h', 'portal', interval '1 day'),
    ('check_24h', CASE patient %% 7 WHEN 0 THEN 'call' ELSE 'email' END, interval '1 day')
) AS said (kind, way, after) WHERE done OR kind <> 'check_24h' ORDER BY key;
"""

# Of each patient: the intake and its screening, consents, a test of the mix read a day later; a few have findings.
SCREENING = """
CREATE TEMP TABLE begun AS SELECT patient, min(start) AS at, min(location) AS location FROM walk GROUP BY patient;
INSERT INTO patients_intakeresponse (patient_id, occasion, status, answers, answered_at, author_id, reason, version)
SELECT patient, 'plan', 'completed', %(plan)s::jsonb, at, %(desk)s, '', 1 FROM begun
UNION ALL
SELECT patient, 'plan', 'completed', '{"large_concern": false}', at, %(director)s, '', 1 FROM begun
UNION ALL
SELECT patient, 'same_day', 'completed', %(same_day)s::jsonb, start, %(desk)s, '', 1 FROM walk WHERE done AND n > 0;
INSERT INTO patients_screening (patient_id, evaluated_for, evaluated_at, evaluated_by_id, occasion, plan, verdict,
    findings, rule_version, answers_hash)
SELECT patient, at::date, at, %(desk)s, 'plan', '{}'::jsonb, CASE patient %% 30 WHEN 0 THEN 'contraindicated'
    WHEN 1 THEN 'deferred' WHEN 2 THEN 'needs_review' ELSE 'eligible' END, '[]'::jsonb, repeat('0', 32), repeat('0', 64)
FROM begun, generate_series(1, 2)
UNION ALL
SELECT patient, day, start, %(desk)s, 'same_day', '{}', 'eligible', '[]', repeat('0', 32), repeat('0', 64)
FROM walk WHERE done AND n > 0;
INSERT INTO patients_consent (patient_id, act, status, statements, signed_name, signed_at, recorded_by_id, recorded_at,
    withdrawn_reason, language, interpreter, text_version, text_digest, paper, version)
SELECT patient, act, 'active', '[{"code": "data", "text": "…"}]', 'Signed', at, %(desk)s, at,
    '', 'en-gb', '', '', '', '', 1
FROM begun, (VALUES ('test'), ('treatment')) AS acts (act);
INSERT INTO patients_allergytest (patient_id, formulation_id, ingredients, administered_at, injections, site,
    emergency_kit, acknowledged, administered_by_id, recorded_at, version)
SELECT patient, (%(mixes)s::int[])[1 + patient %% 3], (%(ingredients)s::jsonb[])[1 + patient %% 3], at, 1,
    'Left forearm', TRUE, '', %(director)s, at, 1 FROM begun;
INSERT INTO patients_allergytestreading (test_id, look, read_at, result, symptoms_since, provisional, read_by_id,
    signed_by_id, recorded_at)
SELECT id, 'delayed', administered_at + interval '1 day', 'negative', '', FALSE, %(director)s, %(director)s,
    administered_at
FROM patients_allergytest;
INSERT INTO patients_allergytest (patient_id, formulation_id, ingredients, administered_at, injections, site,
    emergency_kit, acknowledged, administered_by_id, recorded_at, version)
SELECT patient, (%(mixes)s::int[])[1 + (patient + 1) %% 3], (%(ingredients)s::jsonb[])[1 + (patient + 1) %% 3],
    %(now)s - interval '2 days', 1, 'Left forearm', TRUE, '', (SELECT min(user_id) FROM clinic_staffmember
    WHERE location_id = location AND prescriber), %(now)s, 1 FROM begun WHERE patient %% 400 = 10;
INSERT INTO patients_findingdecision (patient_id, code, decision, reason, plan, rule_version, answers_hash,
    decided_by_id, by_prescriber, decided_at)
SELECT patient, 'keloid', 'approve', 'Looked at', '{}', '0', '0', %(director)s, TRUE, at FROM begun
WHERE patient %% 30 = 2;
INSERT INTO patients_allergy (patient_id, allergen, verification, note, recorded_by_id, recorded_at, version)
SELECT patient, 'latex', 'confirmed', '', %(director)s, at, 1 FROM begun WHERE patient %% 20 = 3;
INSERT INTO patients_measurement (patient_id, code, area_id, value, unit, measured_at, measured_by_id, note)
SELECT patient, 'circumference', %(area)s, 90 - sequence, 'cm', start, %(director)s, '' FROM walk
WHERE done AND sequence IN (1, 8) AND n > 0;
INSERT INTO scheduling_adverseevent (patient_id, session_id, text, severity, onset_at, worsening, reported_by_id,
    reported_at, answer_by, closed_at, outcome, version)
SELECT patient, key, 'Swelling', 'mild', "end", FALSE, %(desk)s, "end", "end" + interval '1 day',
    CASE WHEN start < %(now)s - interval '14 days' THEN "end" + interval '2 days' END,
    CASE WHEN start < %(now)s - interval '14 days' THEN 'Gone' ELSE '' END, 1
FROM walk WHERE done AND key %% 100 = 0;
"""

# Two products a treatment and one a test, each from the lot of its place and month.
STOCK = """
INSERT INTO scheduling_product (name, substance_id)
SELECT code || ' of the house', id FROM protocols_substance WHERE code IN ('vitamins', 'plant_extracts');
INSERT INTO scheduling_lot (product_id, location_id, number, expires_on, received, "left", received_at, received_by_id)
SELECT DISTINCT p.id, location, 'L' || p.id || '-' || location || '-' || to_char(day, 'YYMM'),
    %(today)s::date + 300, 4000, 2000, %(now)s, %(director)s
FROM walk, scheduling_product p WHERE done;
INSERT INTO scheduling_drawnup (patient_id, session_id, product_id, lot_id, named, number, amount, unit, at, by_id)
SELECT patient, key, l.product_id, l.id, 'of the house', l.number, 2, 'ml', start, %(director)s
FROM walk w JOIN scheduling_lot l ON l.location_id = w.location AND l.number LIKE '%%-' || to_char(day, 'YYMM')
WHERE done AND n > 0;
INSERT INTO scheduling_drawnup (patient_id, allergy_test_id, product_id, lot_id, named, number, amount, unit, at, by_id)
SELECT t.patient_id, t.id, l.product_id, l.id, 'of the house', l.number, 0.1, 'ml', t.administered_at, %(director)s
FROM patients_allergytest t JOIN begun b ON b.patient = t.patient_id AND b.at = t.administered_at
JOIN scheduling_lot l ON l.location_id = b.location
    AND l.number LIKE '%%-' || to_char(t.administered_at AT TIME ZONE %(zone)s, 'YYMM');
"""

# People were away on Saturdays, on which nobody comes; a day away is one block, as the product writes it.
ABSENCES = """
INSERT INTO scheduling_absence (practitioner_id, start, "end", reason, created_by_id, created_at)
SELECT p.id, day, day + interval '1 day', 'Course', %(director)s, day
FROM scheduling_practitioner p, generate_series(1, 50) week, LATERAL (SELECT
    (date_trunc('week', %(today)s::timestamp) + interval '5 days' - week * interval '7 days') AT TIME ZONE %(zone)s
    AS day) saturday;
INSERT INTO scheduling_booking (kind, absence_id, practitioner_id, start, "end", occupied_start, occupied_end, active,
    created_at)
SELECT 'block', id, practitioner_id, start, "end", start, "end", TRUE, start FROM scheduling_absence;
"""

SEQUENCES = """
SELECT setval(pg_get_serial_sequence('clinic_user', 'id'), (SELECT max(id) FROM clinic_user)),
    setval(pg_get_serial_sequence('patients_patient', 'id'), (SELECT max(id) FROM patients_patient)),
    setval(pg_get_serial_sequence('scheduling_course', 'id'), (SELECT max(id) FROM scheduling_course));
"""


def patients_of(rows: int) -> int:
    return rows // VISITS_A_PATIENT


def patient_of(key: int, location: int, person: int, patients: int) -> int:
    """Everybody comes to one person only, so that nobody is in two places at once."""
    each = patients // (PEOPLE * max(1, patients * VISITS_A_PATIENT // ROWS_A_LOCATION))
    return 1 + (location * PEOPLE + person) * each + key % each


def mixes() -> list[int]:
    return [FormulationFactory(name=f"House mix {n}", substances=amounts).pk for n, amounts in enumerate(MIXES)]


def given(connection: psycopg.Connection[Any], *, patients: int, now: datetime, near: Any) -> dict[str, Any]:
    """Values that the statements name; people of the clinic and rows of the catalogue are there already."""

    def one(statement: str) -> Any:
        [value] = connection.execute(statement.encode()).fetchone() or [None]
        return value

    return {
        "now": now,
        "today": now.date(),
        "near": near,
        "zone": ZONE,
        "patients": patients,
        "users": one("SELECT max(id) FROM clinic_user"),
        "given": list(GIVEN["female"]),
        "givens": len(GIVEN["female"]),
        "family": list(FAMILY),
        "families": len(FAMILY),
        "version": one(
            "SELECT v.id FROM protocols_protocolversion v JOIN protocols_protocol p ON p.id = v.protocol_id"
            " WHERE p.code = 'P07' AND v.status = 'active'"
        ),
        "indication": one("SELECT id FROM protocols_indication WHERE code = 'cellulite'"),
        "area": one("SELECT id FROM protocols_treatmentarea WHERE code = 'thigh'"),
        "mixes": one("SELECT array_agg(id::int ORDER BY id) FROM protocols_formulation"),
        "ingredients": [json.dumps({code: [ml, "ml"] for code, ml in amounts.items()}) for amounts in MIXES],
        "used": json.dumps([{"lot": "", "code": code, "unit": "ml", "amount": ml} for code, ml in MIXES[0].items()]),
        "director": one("SELECT min(user_id) FROM clinic_staffmember WHERE role = 'medical_director'"),
        "desk": one("SELECT min(user_id) FROM clinic_staffmember WHERE role = 'front_desk'"),
        "plan": json.dumps(clear_answers()),
        "same_day": json.dumps(clear_answers("same_day")),
    }


LIFE = (
    WALK,
    PEOPLE_OF_THE_CLINIC,
    COURSES,
    SESSIONS,
    WAITING,
    EVENTS,
    MESSAGES,
    SCREENING,
    STOCK,
    ABSENCES,
    SEQUENCES,
)
