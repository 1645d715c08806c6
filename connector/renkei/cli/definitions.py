"""Commands for contract definitions, which tell who sees what: ``definition list``, ``show`` and ``delete``."""

from __future__ import annotations

import argparse
import json
from typing import Final

from renkei.cli.commands import Argument, Command, connect
from renkei.cli.exits import Exit
from renkei.cli.output import Output, table
from renkei.cli.values import items
from renkei.cli.words import Text

_PATH: Final = "contract-definitions"


def list_definitions(arguments: argparse.Namespace, output: Output) -> Exit:
    """List contract definitions."""
    found = connect(arguments, output).get(_PATH, limit=500)
    rows = [(definition["id"], definition["terms"] is not None) for definition in items(found)]
    output.result(found, table(("DEFINITION", "TERMS"), rows))
    return Exit.OK


def show(arguments: argparse.Namespace, output: Output) -> Exit:
    """Show one in full."""
    found = connect(arguments, output).get(_PATH, arguments.definition)
    output.result(found, json.dumps(found, ensure_ascii=False, indent=2).splitlines())
    return Exit.OK


def delete(arguments: argparse.Namespace, output: Output) -> Exit:
    """Delete one on which nothing hangs."""
    found = connect(arguments, output).delete(_PATH, arguments.definition)
    output.result(found, [str(found["id"])])
    return Exit.OK


_DEFINITION: Final = Argument(("definition",), Text("its id", "契約定義ID"), {"metavar": "DEFINITION"})

COMMANDS: Final = (
    Command(
        name="definition",
        summary=Text("show and delete contract definitions: who sees what", "契約定義(公開先)を表示・削除する"),
        parts=(
            Command(name="list", summary=Text("list them", "一覧する"), run=list_definitions),
            Command(
                name="show", summary=Text("show one in full", "詳細を表示する"), run=show, arguments=(_DEFINITION,)
            ),
            Command(
                name="delete",
                summary=Text("delete one on which no dataset hangs", "使われていない契約定義を削除する"),
                run=delete,
                arguments=(_DEFINITION,),
            ),
        ),
    ),
)
