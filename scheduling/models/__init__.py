"""When, where and with whom. One file a concept; import from here."""

from scheduling.models.arrival import arrivals
from scheduling.models.booking import Booking
from scheduling.models.course import MOST_BUILDS, Course, Proposal
from scheduling.models.judgement import CourseJudgement
from scheduling.models.message import ChannelTrouble, Message
from scheduling.models.moving import Export, Import, ImportLine, MovedVisit
from scheduling.models.offer import SlotOffer
from scheduling.models.price import PriceTold
from scheduling.models.record import Addendum, AdverseEvent, Deviation, RecordDraft, SharpsInjury, TreatmentRecord
from scheduling.models.replan import Replan
from scheduling.models.request import VisitRequest
from scheduling.models.resources import Absence, Device, Practitioner, PublicHoliday, Room, Season, WorkingHours
from scheduling.models.session import (
    NEEDLE_KINDS,
    PRESCRIBER_KINDS,
    TRANSITIONS,
    WITH_A_TIME,
    Session,
    SessionEvent,
    SessionStatus,
)
from scheduling.models.stock import DrawnUp, Lot, LotAlert, Product
from scheduling.models.todo import TodoMark

__all__ = [
    "MOST_BUILDS",
    "NEEDLE_KINDS",
    "PRESCRIBER_KINDS",
    "TRANSITIONS",
    "WITH_A_TIME",
    "Absence",
    "Addendum",
    "AdverseEvent",
    "Booking",
    "ChannelTrouble",
    "Course",
    "CourseJudgement",
    "Deviation",
    "Device",
    "DrawnUp",
    "Export",
    "Import",
    "ImportLine",
    "Lot",
    "LotAlert",
    "Message",
    "MovedVisit",
    "Practitioner",
    "PriceTold",
    "Product",
    "Proposal",
    "PublicHoliday",
    "RecordDraft",
    "Replan",
    "Room",
    "Season",
    "Session",
    "SessionEvent",
    "SessionStatus",
    "SharpsInjury",
    "SlotOffer",
    "TodoMark",
    "TreatmentRecord",
    "VisitRequest",
    "WorkingHours",
    "arrivals",
]
