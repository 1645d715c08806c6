"""Commands for the parts we make: ``part register``, ``part show``, ``part list``."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from renkei.cli.commands import Argument, Command, connect
from renkei.cli.exits import Exit
from renkei.cli.figures import figures
from renkei.cli.output import Lines, Output, pairs, table
from renkei.cli.values import inner, items, read_object, read_text
from renkei.cli.words import Text

if TYPE_CHECKING:
    from renkei.cli.management import Management


def register(arguments: argparse.Namespace, output: Output) -> Exit:
    """Register a part with its BOM and figures."""
    body = {
        "bom": read_text(arguments.bom) if arguments.bom else None,
        "inventory": read_object(arguments.inventory) if arguments.inventory else {},
        "due_diligence": read_object(arguments.due_diligence) if arguments.due_diligence else {},
        "automatic": not arguments.manual,
        "customers": arguments.customer,
    }
    part = connect(arguments, output).put("parts", arguments.part, body=body)
    output.result(part, pairs(_overview(part)))
    return Exit.OK


def _overview(part: Mapping[str, object]) -> dict[str, object]:
    """A part in a line of each: which of its figures are there, how requests for it are answered, and to whom."""
    bought = max(0, sum(1 for line in str(part["bom"] or "").splitlines() if line.strip(" \t,;")) - 1)
    return {
        "id": part["id"],
        "inventory": bool(part["inventory"]),
        "due diligence": bool(part["due_diligence"]),
        "BOM lines": bought,
        "automatic": part["automatic"],
        "customers": part.get("customer_names") or part["customers"],
    }


def show(arguments: argparse.Namespace, output: Output) -> Exit:
    """Show a part, or what is calculated of it now."""
    daemon = connect(arguments, output)
    lines: Lines
    if arguments.footprint:
        shown = daemon.get("parts", arguments.part, "footprint")
        lines = figures(shown, output, _names(daemon, output))
    elif arguments.due_diligence:
        shown = daemon.get("parts", arguments.part, "due-diligence")
        lines = figures(shown, output, _names(daemon, output))
    else:
        shown = daemon.get("parts", arguments.part)
        lines = json.dumps(shown, ensure_ascii=False, indent=2, default=str).splitlines()
    output.result(shown, lines)
    return Exit.OK


def _names(daemon: Management, output: Output) -> Mapping[str, object]:
    """Short names of partners, by id; a program that reads the JSON has no use for them."""
    about = {} if output.as_json else daemon.get("about")
    return inner(about, "partners") if "partners" in about else {}


def list_parts(arguments: argparse.Namespace, output: Output) -> Exit:
    """List our parts."""
    found = connect(arguments, output).get("parts", limit=500)
    rows = [tuple(_overview(part).values()) for part in items(found)]
    head = ("PART", "INVENTORY", "DUE DILIGENCE", "BOM LINES", "AUTOMATIC", "CUSTOMERS")
    output.result(found, table(head, rows))
    return Exit.OK


_PART: Final = Argument(("part",), Text("the part's id", "部品ID"), {"metavar": "PART"})

COMMANDS: Final = (
    Command(
        name="part",
        summary=Text("register and show the parts we make", "自社の部品を登録・表示する"),
        parts=(
            Command(
                name="register",
                summary=Text("register a part with its BOM and figures", "部品を部品表・数値とともに登録する"),
                run=register,
                arguments=(
                    _PART,
                    Argument(("--bom",), Text("bill of materials, CSV", "部品表(CSV)"), {"metavar": "FILE"}),
                    Argument(
                        ("--inventory",),
                        Text("our own emissions, JSON", "自社の排出量(JSON)"),
                        {"metavar": "FILE"},
                    ),
                    Argument(
                        ("--due-diligence",),
                        Text("our own due-diligence facts, JSON", "自社のデューディリジェンス(JSON)"),
                        {"metavar": "FILE"},
                    ),
                    Argument(
                        ("--manual",),
                        Text("do not answer requests for it automatically", "依頼に自動で回答しない"),
                        {"action": "store_true"},
                    ),
                    Argument(
                        ("--customer",),
                        Text("who may ask, again for each (default: anyone)", "依頼できる相手(複数可、既定は全員)"),
                        {"action": "append", "default": [], "metavar": "PARTNER"},
                    ),
                ),
            ),
            Command(
                name="show",
                summary=Text("show a part, or what is calculated of it", "部品または計算結果を表示する"),
                run=show,
                arguments=(
                    _PART,
                    Argument(
                        ("--footprint",),
                        Text("its footprint with every contribution", "フットプリントと内訳"),
                        {"action": "store_true"},
                    ),
                    Argument(
                        ("--due-diligence",),
                        Text("its due diligence with every contribution", "デューディリジェンスと内訳"),
                        {"action": "store_true"},
                    ),
                ),
            ),
            Command(name="list", summary=Text("list our parts", "部品を一覧する"), run=list_parts),
        ),
    ),
)
