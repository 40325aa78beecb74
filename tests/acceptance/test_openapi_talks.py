"""The routes of talks and desk under a flood about a talk that is there, from both of its sides.

Ids made up by chance name nothing, so a flood of those alone would see little more than 404.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import CheckFunction, not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from shopbot.ids import FixedClock
from shopbot.web.services import Services
from tests.signed_in import AGENT, with_key
from tests.simulators.server import served
from tests.simulators.talk import TalkStage

Headers = dict[str, str]
CHECKS: list[CheckFunction] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
TALKS = "/api/v1/conversations"
PLACES = ("{conversation}", "{suggestion}", "{message}", "{promise}", "{transfer}", "{task}")


class Scene:
    """A served shop with one shopper, whose talk is made anew whenever it has ended."""

    def __init__(self, http: httpx.Client, stage: TalkStage, clock: FixedClock) -> None:
        self.http, self.stage, self.clock = http, stage, clock
        token = http.post("/api/v1/visitors", json={}).json()["token"]
        self.shopper = {"X-Shopbot-Visitor": token}

    def ids(self) -> dict[str, Any]:
        """Return what the path of an operation may name: all of it is there."""
        talk = self.http.post(TALKS, json={}, headers=self.shopper).json()["id"]
        self.http.post(f"{TALKS}/{talk}/take", headers=AGENT)
        said = {"body": {"text": "什么时候发货"}}
        sent = self.http.post(f"{TALKS}/{talk}/messages", json=said, headers=self.shopper).json()
        self.clock.move(timedelta(seconds=5))
        self.stage.run_due()
        found = self.http.get(f"{TALKS}/{talk}/suggestions", headers=AGENT).json()["suggestions"]
        told = {"what": "回电", "until": (self.clock.now() + timedelta(hours=1)).isoformat()}
        made = self.http.post(f"{TALKS}/{talk}/promises", json=told, headers=AGENT).json()
        return {
            "conversation": talk,
            "seq": sent["event"]["seq"],
            "message": sent["event"]["id"],
            "suggestion": found[0]["id"],
            "promise": made["id"],
        }


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "examples",
    [
        pytest.param(8, id="some"),
        pytest.param(150, id="many", marks=[pytest.mark.slow, pytest.mark.timeout(3600)]),
    ],
)
def test_both_sides_of_a_talk_get_what_is_described(
    services: Services, stage: TalkStage, clock: FixedClock, examples: int
) -> None:
    """Whatever shopper or agent send about a real talk, the answer is one that OpenAPI promises."""
    with served(with_key(services)) as address, httpx.Client(base_url=address) as http:
        scene = Scene(http, stage, clock)
        schema = schemathesis.openapi.from_url(f"{address}api/v1/openapi.json", headers=AGENT)
        found = [one.ok() for one in schema.get_all_operations()]  # type: ignore[union-attr]
        about = [one for one in found if any(place in one.path for place in PLACES)]
        for operation in about:
            for caller in (scene.shopper, AGENT):
                flood(operation, scene, caller, examples)

    assert {f"POST {TALKS}/{{conversation}}/messages", f"POST {TALKS}/{{conversation}}/marks"} <= {
        str(one.label) for one in about
    }


def flood(
    operation: schemathesis.APIOperation[Any, Any, Any, Any],
    scene: Scene,
    caller: Headers,
    examples: int,
) -> None:
    """Send many requests about things that are there to one operation, and check each answer."""
    ids = scene.ids()

    @given(case=operation.as_strategy(), odd=st.integers(0, 7))
    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    def check(case: schemathesis.Case[Any], odd: int) -> None:
        if odd:  # now and then the id is one of chance
            known = {name: ids[name] for name in case.path_parameters if name in ids}
            case.path_parameters.update(known)
        for name in ("Authorization", *scene.shopper):
            case.headers.pop(name, None)
        case.call_and_validate(headers=caller, checks=CHECKS)

    check()
