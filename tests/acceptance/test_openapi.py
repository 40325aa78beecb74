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

from shopbot.web.services import Services
from tests.signed_in import AGENT, KEY
from tests.simulators.server import served

EXAMPLES = 60
LARGE = 16 * 1024 * 1024  # the size limit has tests of its own


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_every_answer_is_as_described(services: Services, mode: GenerationMode) -> None:
    """Whatever is sent, status, type and body are among those that OpenAPI promises."""
    locked = services.settings.model_copy(update={"agent_key": SecretStr(KEY), "max_body": LARGE})
    with served(replace(services, settings=locked)) as address:
        schema = schemathesis.openapi.from_url(f"{address}api/v1/openapi.json", headers=AGENT)
        operations = [found.ok() for found in schema.get_all_operations()]  # type: ignore[union-attr]
        tried = [flood(operation, mode) for operation in operations]

    assert "POST /api/v1/suggest" in tried


def flood(operation: schemathesis.APIOperation[Any, Any, Any, Any], mode: GenerationMode) -> str:
    """Send many requests to one operation, check each answer, return the operation's name."""

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,  # the same flood in every run; explore by hand
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    def check(case: schemathesis.Case[Any]) -> None:
        case.call_and_validate(headers=AGENT)

    try:
        check()
    except Unsatisfiable:  # nothing can be wrong with an operation that takes nothing
        assert mode is GenerationMode.NEGATIVE
    return str(operation.label)
