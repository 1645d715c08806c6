"""The page docs/conformance.md: every MUST with its section, its tests and how they went."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

if __package__:
    from tests.conformance.musts import MUSTS, Must
else:
    from musts import MUSTS, Must

PARTS = {"COM": "Common requirements", "CAT": "Catalog", "CN": "Contract negotiation", "TP": "Transfer process"}
HEAD = """<!-- Written by `python -m tests.conformance` from a run of the tests: change tests/conformance/musts.py. -->
# Conformance with the Dataspace Protocol 2025-1

Every sentence of the specification that says MUST to a connector, in our words, with the tests that hold it. The status
is that of all their cases in the run that wrote this page; a test holds that the page still fits the list. Beside these
stand the official conformance kit (`make tck`) and an unmodified Eclipse EDC (`make interop`).
"""


def page(statuses: Mapping[str, str]) -> str:
    """The whole page. ``statuses``: of each test, ``passed`` or otherwise."""
    return "".join(_lines(statuses))


def status_of(must: Must, statuses: Mapping[str, str]) -> str:
    """One word for a row: what went wrong, if anything did."""
    found = [statuses.get(test, "not run") for test in must.tests]
    return next((status for status in found if status != "passed"), "passed")


def _lines(statuses: Mapping[str, str]) -> Iterator[str]:
    yield HEAD
    passed = sum(status_of(must, statuses) == "passed" for must in MUSTS)
    yield f"\n{len(MUSTS)} rows, {passed} passed.\n"
    for prefix, title in PARTS.items():
        yield f"\n## {title}\n\n| Id | Section | What must hold | Tests | Status |\n| --- | --- | --- | --- | --- |\n"
        rows = [must for must in MUSTS if must.id.partition("-")[0] == prefix]
        yield from (_row(must, status_of(must, statuses)) for must in rows)
        notes = [must for must in rows if must.note]
        if notes:
            yield "\n" + "".join(f"- {must.id}: {must.note}\n" for must in notes)


def _row(must: Must, status: str) -> str:
    tests = "<br>".join(f"`{test}`" for test in must.tests)
    return f"| {must.id} | {must.section} | {must.text} | {tests} | {status} |\n"
