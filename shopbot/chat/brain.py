"""The mind that the shop serves with: :mod:`understanding`, :mod:`policy`, :mod:`outcomes`."""

from __future__ import annotations

from datetime import datetime

from shopbot.chat import outcomes, policy, understanding
from shopbot.chat.hearing import Said
from shopbot.chat.outcomes import Step
from shopbot.chat.situation import Decision, OrderOutcome, Situation, Understood
from shopbot.chat.understanding import Scene
from shopbot.rules.chat import ChatRules


class PolicyBrain:
    """See :class:`shopbot.chat.ports.Brain`."""

    def understand(self, said: Said, scene: Scene) -> Understood:
        """Return a turn as it was meant."""
        return understanding.understand(said, scene)

    def decide(self, situation: Situation, rules: ChatRules, now: datetime) -> Decision:
        """Return what the bot does."""
        return policy.decide(situation, rules, now)

    def after_order(self, step: Step, rules: ChatRules) -> OrderOutcome:
        """Return what is told after a step of an order action."""
        return outcomes.after_order(step, rules)
