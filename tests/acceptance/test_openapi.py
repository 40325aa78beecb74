"""The API under a flood of valid and broken requests made from its own OpenAPI description."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from pydantic import SecretStr
from schemathesis import GenerationMode
from schemathesis.checks import CheckFunction
from schemathesis.specs.openapi.checks import positive_data_acceptance

from shopbot.web.services import Services
from tests.signed_in import AGENT, KEY
from tests.simulators.server import served

EXAMPLES = [
    pytest.param(10, id="some"),  # a hundred operations, each in two modes: a minute or two
    pytest.param(100, id="many", marks=[pytest.mark.slow, pytest.mark.timeout(3600)]),
]
LOOSE = {
    # what a message's `body` may hold depends on its `type`: GET …/message-types tells
    "POST /api/v1/conversations/{conversation}/messages",
    # a text of nothing but blanks and control characters is none
    "POST /api/v1/conversations/{conversation}/notes",
}
"""Operations that refuse more than OpenAPI can say."""
LARGE = 16 * 1024 * 1024  # the size limit has tests of its own


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.timeout(600)
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("examples", EXAMPLES)
def test_every_answer_is_as_described(
    services: Services, mode: GenerationMode, examples: int
) -> None:
    """Whatever is sent, status, type and body are among those that OpenAPI promises."""
    # the clock stands still, so that a minute's requests would be all there are
    open_wide = {"agent_key": SecretStr(KEY), "max_body": LARGE, "rate": 0, "visitor_rate": 0}
    locked = services.settings.model_copy(update=open_wide)
    with served(replace(services, settings=locked)) as address:
        schema = schemathesis.openapi.from_url(f"{address}api/v1/openapi.json", headers=AGENT)
        operations = [found.ok() for found in schema.get_all_operations()]  # type: ignore[union-attr]
        tried = [flood(operation, mode, examples) for operation in operations]

    assert "POST /api/v1/suggest" in tried


def flood(
    operation: schemathesis.APIOperation[Any, Any, Any, Any], mode: GenerationMode, examples: int
) -> str:
    """Send many requests to one operation, check each answer, return the operation's name."""

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,  # the same flood in every run; explore by hand
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    def check(case: schemathesis.Case[Any]) -> None:
        loose: list[CheckFunction] = [positive_data_acceptance] if operation.label in LOOSE else []
        case.call_and_validate(headers=AGENT, excluded_checks=loose)

    try:
        check()
    except Unsatisfiable:  # nothing can be wrong with an operation that takes nothing
        assert mode is GenerationMode.NEGATIVE
    return str(operation.label)
