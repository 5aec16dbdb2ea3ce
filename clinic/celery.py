"""The Celery app and the whole timetable. Intervals in seconds and UTC only: no crontab, no zone, no long ETA."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")
# Django's checks read every page's module, which no worker needs: a third of its memory and of its start (105 MB and
# 0.8 s instead of 137 and 1.3). They are made by `make lint`.
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")

app = Celery("mesoplan")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

app.conf.beat_schedule = {
    **{
        f"heartbeat-{queue}": {
            "task": "clinic.heartbeat",
            "args": (queue,),
            "schedule": 15.0,
            "options": {"expires": 15, "queue": queue},
        }
        for queue in ("plan", "mail", "sweep")
    },
    "sweep-proposals": {"task": "scheduling.sweep_proposals", "schedule": 5.0, "options": {"expires": 5}},
    "dispatch-messages": {"task": "scheduling.dispatch_messages", "schedule": 10.0, "options": {"expires": 10}},
    "arm-due": {"task": "scheduling.arm_due", "schedule": 600.0, "options": {"expires": 600}},
    "judge-changed": {"task": "scheduling.judge_changed", "schedule": 60.0, "options": {"expires": 60}},
    "escalate-reactions": {"task": "scheduling.escalate_reactions", "schedule": 60.0, "options": {"expires": 60}},
    "sweep-offers": {"task": "scheduling.sweep_offers", "schedule": 60.0, "options": {"expires": 60}},
    "end-employments": {"task": "scheduling.end_employments", "schedule": 60.0, "options": {"expires": 60}},
    "advance-horizon": {"task": "scheduling.advance_horizon", "schedule": 3600.0, "options": {"expires": 3600}},
    "watch-reading": {"task": "patients.watch_reading", "schedule": 600.0, "options": {"expires": 600}},
    "forget-strays": {"task": "scheduling.forget_strays", "schedule": 86400.0, "options": {"expires": 3600}},
    "prune-keys": {"task": "clinic.prune", "schedule": 3600.0, "options": {"expires": 3600}},
}
