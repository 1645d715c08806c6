"""Writes the pages of docs/reference that are read off the code: ``make docs``. A test holds them up to date."""

from __future__ import annotations

import importlib
import pkgutil
from collections import defaultdict
from collections.abc import Iterator, Mapping
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
    return {
        REFERENCE / "errors.md": "".join(errors_page()),
        REFERENCE / "state-machines.md": "".join(state_machines_page()),
    }


def problems() -> Mapping[str, list[Problem]]:
    """Every declared problem, by the part of the package that declares it."""
    found: dict[str, dict[str, Problem]] = defaultdict(dict)
    for part in pkgutil.walk_packages(renkei.__path__, "renkei."):
        if part.name.endswith("__main__"):
            continue
        module = importlib.import_module(part.name)
        for value in vars(module).values():
            if isinstance(value, Problem):
                found[value.code][part.name] = value
    by_package = defaultdict(list)
    for code in sorted(found):
        owner = min(found[code], key=_declares)
        by_package[owner.split(".")[1]].append(found[code][owner])
    return dict(sorted(by_package.items()))


def _declares(module: str) -> tuple[bool, int, str]:
    """Of the modules that know a constant, the declaring one first: a ``problems`` module, then the deepest layer."""
    return (not module.endswith(".problems"), _LAYERS.index(module.split(".")[1]), module)


_LAYERS = (
    *("kernel", "policy", "battery", "protocol", "trust", "wire", "ledger", "formats", "store", "resources"),
    *("exchange", "dataplane", "http", "ui", "facades", "node", "sync", "daemon", "cli", "testing"),
)


def errors_page() -> Iterator[str]:
    """One table a package, one row a problem, both languages."""
    yield f"{NOTE}# Errors · エラー一覧\n\n"
    yield "Every error has one stable code. *Fault* says who must act: `local` our own side, `peer` the partner, "
    yield "`policy` nobody (the answer is no), `configuration` the operator. *HTTP* is the status with which it leaves "
    yield "at the edge; — never does. Values in braces are filled in.\n"
    for package, rows in problems().items():
        yield f"\n## {package}\n\n| Code | Fault | HTTP | What happened | What to do |\n| --- | --- | --- | --- | --- |\n"
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
