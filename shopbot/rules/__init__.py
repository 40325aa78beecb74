"""What a shop may set: ``rules/*.yaml`` of its knowledge folder as typed, frozen values.

``load_rules(folder)`` never fails: what is missing or wrong takes its documented default, and each slip
is told with file, line and what to do. Rules hold values only; who decides by them stands elsewhere.
"""

from shopbot.rules.calendar import Calendar
from shopbot.rules.chat import ChatRules
from shopbot.rules.desk import DeskRules
from shopbot.rules.loader import LoadedRules, load_rules
from shopbot.rules.model import (
    ChangeRules,
    ContactRules,
    LogisticsRules,
    ReturnRules,
    Rules,
    ShippingRules,
)
from shopbot.rules.problem import RuleProblem
from shopbot.rules.soundness import due_warnings

__all__ = [
    "Calendar",
    "ChangeRules",
    "ChatRules",
    "ContactRules",
    "DeskRules",
    "LoadedRules",
    "LogisticsRules",
    "ReturnRules",
    "RuleProblem",
    "Rules",
    "ShippingRules",
    "due_warnings",
    "load_rules",
]
