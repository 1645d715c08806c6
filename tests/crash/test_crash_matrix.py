"""A daemon is killed at every row of the outbox, before and after it is stored and after it is done, on either side.

The rows are those of a run without a crash, so that no cell is left out; each cell is a fresh pair of processes with
databases and sockets of their own. After the restart nothing is asked again but what was never stored: a call whose
first commit (which may bring several rows) did not happen.
"""

from __future__ import annotations

import signal
from itertools import takewhile
from pathlib import Path

import pytest
from crash_audit import Picture, faults, open_ends
from crash_scenarios import CONTENT, SCENARIOS, Scenario
from crash_side import Moment, Point
from crash_world import CONSUMER, PROVIDER, DiedError, FailedError, World, world

pytestmark = [pytest.mark.crash, pytest.mark.timeout(600)]


def furnished(scenario: Scenario, pair: World) -> None:
    """Everything that goes before the call, and all that follows from it soon."""
    scenario.furnish(pair)
    pair.settle()


def undisturbed(scenario: Scenario, folder: Path) -> tuple[dict[str, list[Point]], Picture]:
    """The points that each side passes, and what is kept in the end."""
    with world(folder, scenario.window) as pair:
        furnished(scenario, pair)
        pair.arm()
        pair.side(scenario.caller).do(scenario.verb, *scenario.arguments(pair))
        pair.settle()
        return {side.name: side.do("passed") for side in pair.sides}, Picture.of(pair)


def trouble(scenario: Scenario, name: str, point: Point, never_stored: bool, expected: Picture, folder: Path) -> str:
    """What is wrong after a crash at one point; empty if nothing is."""
    with world(folder, scenario.window) as pair:
        furnished(scenario, pair)
        pair.arm(name, point)
        try:
            problems = outlived(scenario, pair, name, never_stored, expected)
        except FailedError as failure:
            problems = [f"{type(failure).__name__}: {failure}"]
        return "\n".join([*problems, pair.logs()]) if problems else ""


def outlived(scenario: Scenario, pair: World, name: str, never_stored: bool, expected: Picture) -> list[str]:
    """Make the call, wait for the crash, restart, wait for rest; what is wrong then."""
    victim = pair.side(name)
    caller = pair.side(scenario.caller)
    arguments = scenario.arguments(pair)
    call = caller.ask(scenario.verb, *arguments)
    if not victim.died():
        return ["the point was not reached"]
    if (code := victim.gone()) != -signal.SIGKILL:
        return [f"the process ended with {code}"]
    victim.start()
    if never_stored:
        call = caller.ask(scenario.verb, *arguments)
    outcome = None
    try:
        outcome = caller.outcome(call)
    except DiedError:
        pass
    except FailedError:
        if not scenario.repeats:
            raise
    pair.settle()
    problems = open_ends(Picture.of(pair))
    if scenario.repeats and outcome is None:
        outcome = caller.do(scenario.verb, *arguments)
        pair.settle()
    if scenario.repeats and outcome != CONTENT:
        problems.append(f"the caller got {outcome!r}")
    return problems or faults(expected, Picture.of(pair))


@pytest.mark.parametrize("moment", Moment, ids=lambda moment: moment.value)
@pytest.mark.parametrize("name", [CONSUMER, PROVIDER])
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_both_sides_converge_wherever_one_is_killed(scenario, name, moment, tmp_path, matrix):
    passed, expected = undisturbed(scenario, tmp_path / "undisturbed")
    # Before its first rows are stored the call has not happened yet: only there it is made again.
    unmade = takewhile(lambda point: point.moment is Moment.BEFORE_COMMIT, passed[scenario.caller])
    call = set(unmade) if name == scenario.caller else set()
    points = [point for point in passed[name] if point.moment is moment]
    assert points or name in scenario.still
    broken = []
    for number, point in enumerate(points):
        if wrong := trouble(scenario, name, point, point in call, expected, tmp_path / str(number)):
            broken.append(f"=== {scenario.name}, {name} killed at {point}\n{wrong}")
    matrix(cells=len(points), converged=len(points) - len(broken))
    assert not broken, "\n\n".join(broken)
