from __future__ import annotations

from pathlib import Path

import pytest

from handorient.arguments import INPUTS
from handorient.capture.demo import Demo
from handorient.inputs import first_input, usual_input
from handorient.replay import Session

from .capture.clips import Clip


def test_the_demo_is_seen_in_outline_and_most_sources_by_the_first_network() -> None:
    assert usual_input(Demo(), INPUTS) == "silhouette"
    assert usual_input(Clip(), INPUTS) == "landmarks"
    assert usual_input(Demo(), ("colour",)) == "colour"


def test_an_input_whose_weights_are_missing_makes_way_for_the_first_that_are_there(tmp_path: Path) -> None:
    weights = {name: tmp_path / name for name in INPUTS}
    assert first_input(weights, "silhouette") == "landmarks", "which is then said to be missing"
    for name in ("colour", "silhouette"):
        weights[name].touch()
    assert first_input(weights, "silhouette") == "silhouette"
    assert first_input(weights, "landmarks") == first_input(weights, "") == "colour"


@pytest.mark.parametrize(
    ("facts", "seen"), [('{"input": "colour"}', "colour"), ('{"input": ["no", "name"]}', "landmarks")]
)
def test_what_a_session_saw_is_known_without_its_estimates(tmp_path: Path, facts: str, seen: str) -> None:
    (tmp_path / "session.json").write_text(facts)
    assert usual_input(Session(tmp_path), INPUTS) == seen
