"""Commands for traces: ``trace register``, ``trace list``, ``trace show``."""

from __future__ import annotations

import argparse
import json
from typing import Final

from renkei.cli.commands import Argument, Command, connect
from renkei.cli.exits import Exit
from renkei.cli.output import Output, table
from renkei.cli.values import inner, items, read_object
from renkei.cli.words import Text

_FORMS: Final = ("trace", "serial-part")


def register(arguments: argparse.Namespace, output: Output) -> Exit:
    """Keep a trace."""
    found = connect(arguments, output).post("traces", body={"trace": read_object(arguments.file)})
    output.result(found, [str(found["id"])])
    return Exit.OK


def list_traces(arguments: argparse.Namespace, output: Output) -> Exit:
    """List traces."""
    daemon = connect(arguments, output)
    found = daemon.get("traces", part=arguments.part, maker=arguments.maker, limit=500)
    columns = ("partName", "parentPart", "manufacturer", "country", "manufactured")
    rows = [(one["id"], one["part"], *(inner(one, "document").get(name) for name in columns)) for one in items(found)]
    output.result(found, table(("TRACE", "PART", "NAME", "PARENT", "MANUFACTURER", "COUNTRY", "MADE"), rows))
    return Exit.OK


def show(arguments: argparse.Namespace, output: Output) -> Exit:
    """Show one trace."""
    given = {"form": arguments.form, "customer_part": arguments.customer_part, "number": arguments.number}
    found = connect(arguments, output).get("traces", arguments.trace, **given)
    output.result(found, json.dumps(found["document"], ensure_ascii=False, indent=2).splitlines())
    return Exit.OK


COMMANDS: Final = (
    Command(
        name="trace",
        summary=Text("who ordered and made a part, from what, where and when", "部品の来歴情報を登録・表示する"),
        parts=(
            Command(
                name="register",
                summary=Text("keep a trace with its nine fields", "来歴情報(9項目)を登録する"),
                run=register,
                arguments=(Argument(("file",), Text("a TraceRecord, JSON", "来歴情報(JSON)"), {"metavar": "FILE"}),),
            ),
            Command(
                name="list",
                summary=Text("list traces", "来歴情報を一覧する"),
                run=list_traces,
                arguments=(
                    Argument(("--part",), Text("of this part", "この部品のみ"), {"metavar": "PART"}),
                    Argument(("--maker",), Text("made by this company", "この部品製造者のみ"), {"metavar": "PARTNER"}),
                ),
            ),
            Command(
                name="show",
                summary=Text("show one trace, also as another system tells it", "来歴情報を表示する(他形式も可)"),
                run=show,
                arguments=(
                    Argument(("trace",), Text("the trace's id", "来歴情報ID"), {"metavar": "TRACE"}),
                    Argument(
                        ("--as",),
                        Text("in which form", "表示形式"),
                        {"dest": "form", "choices": _FORMS, "default": "trace"},
                    ),
                    Argument(
                        ("--customer-part",),
                        Text("the customer's number for the part", "納品先の品番"),
                        {"default": "", "metavar": "NUMBER"},
                    ),
                    Argument(
                        ("--number",),
                        Text("the manufacturer's business partner number", "製造者の事業者番号(BPN)"),
                        {"default": "", "metavar": "BPN"},
                    ),
                ),
            ),
        ),
    ),
)
