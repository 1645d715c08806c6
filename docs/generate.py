"""Writes the pages of docs/reference that are read off the code: ``make docs``. A test holds them up to date."""

from __future__ import annotations

import importlib
import pkgutil
import runpy
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path

import renkei
from renkei.kernel.problems import Problem
from renkei.protocol import negotiation, transfer
from renkei.protocol.machine import Role

REFERENCE = Path(__file__).resolve().parent / "reference"
NOTE = "<!-- Written by `make docs` from the code: change it there. -->\n"


def pages() -> Mapping[Path, str]:
    """Every generated page and its text."""
    interfaces, operands, templates, formats = (
        runpy.run_path(str(Path(__file__).with_name(name)))
        for name in ("interfaces.py", "operand_page.py", "template_page.py", "format_page.py")
    )
    return {
        REFERENCE / "cli.md": NOTE + "".join(interfaces["cli_page"]()),
        REFERENCE / "configuration.md": NOTE + "".join(interfaces["configuration_page"]()),
        REFERENCE / "management-api.md": NOTE + "".join(interfaces["management_page"]()),
        REFERENCE / "operands.md": NOTE + "".join(operands["operands_page"]()),
        REFERENCE / "templates.md": NOTE + "".join(templates["templates_page"]()),
        REFERENCE / "formats.md": NOTE + "".join(formats["formats_page"]()),
        REFERENCE / "errors.md": "".join(errors_page()),
        REFERENCE / "state-machines.md": "".join(state_machines_page()),
    }


def declared() -> Mapping[str, Problem]:
    """Every problem that the package declares, each once, by a place where it is found."""
    found: dict[str, Problem] = {}
    for part in pkgutil.walk_packages(renkei.__path__, "renkei."):
        if not part.name.endswith("__main__"):
            for name, value in vars(importlib.import_module(part.name)).items():
                found |= dict(_held(f"{part.name}.{name}", value))
    once = {id(problem): place for place, problem in found.items()}
    return {place: found[place] for place in once.values()}


def _held(place: str, value: object) -> Iterator[tuple[str, Problem]]:
    """The problems in a constant: itself, or those in its fields, members or items."""
    if isinstance(value, Problem):
        yield place, value
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from _held(f"{place}.{field.name}", getattr(value, field.name))
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _held(f"{place}[{key!r}]", item)
    elif isinstance(value, tuple | list):
        for index, item in enumerate(value):
            yield from _held(f"{place}[{index}]", item)


def grouped() -> Mapping[str, list[Problem]]:
    """The problems by the first word of their codes, which names their part of the package."""
    groups: dict[str, list[Problem]] = defaultdict(list)
    for problem in sorted(declared().values(), key=lambda problem: problem.code):
        groups[problem.code.partition("-")[0]].append(problem)
    return groups


def errors_page() -> Iterator[str]:
    """One table a part, one row a problem, both languages."""
    yield f"{NOTE}# Errors · エラー一覧\n\n"
    yield "Every error has one stable code. *Fault* says who must act: `local` our own side, `peer` the partner, "
    yield "`policy` nobody (the answer is no), `configuration` the operator. *HTTP* is the status with which it leaves "
    yield "at the edge; — never does. Values in braces are filled in.\n"
    for word, rows in grouped().items():
        yield f"\n## {word}\n\n| Code | Fault | HTTP | What happened | What to do |\n"
        yield "| --- | --- | --- | --- | --- |\n"
        for problem in rows:
            happened = f"{problem.en}<br>{problem.ja}"
            remedy = f"{problem.hint_en}<br>{problem.hint_ja}"
            cells = (f"`{problem.code}`", problem.fault.value, str(problem.status or "—"), happened, remedy)
            yield "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |\n"


def state_machines_page() -> Iterator[str]:
    """The transition tables, as tables and as figures."""
    yield f"{NOTE}# State machines\n\n"
    yield "The whole of each machine is its table `MOVES`; a message aims at exactly one state. Who may *send* a move "
    yield "stands on its arrow. A termination is accepted in every state that is not final.\n"
    for title, module, moves in (
        ("Contract negotiation", "negotiation", negotiation.MOVES),
        ("Transfer process", "transfer", transfer.MOVES),
    ):
        yield f"\n## {title}\n\nFrom `renkei.protocol.{module}` (DSP 2025-1).\n\n```mermaid\nstateDiagram-v2\n"
        for origin, target, sender in _rows(moves):
            yield f"    {'[*]' if origin == 'INITIAL' else origin} --> {target}: {sender}\n"
        yield from (f"    {state.name} --> [*]\n" for state, following in moves.items() if not following)
        yield "```\n\n| From | To | Sent by |\n| --- | --- | --- |\n"
        yield from (f"| {origin} | {target} | {sender} |\n" for origin, target, sender in _rows(moves))


def _rows(moves: Mapping[Enum, Mapping[Enum, Role]]) -> Iterator[tuple[str, str, str]]:
    for origin, following in moves.items():
        for target, sender in following.items():
            yield origin.name, target.name, " or ".join(role.word for role in Role if role in sender)


def main() -> None:
    """Write every page."""
    for path, text in pages().items():
        path.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
