"""Commands for updates (値の自動更新): ``update list`` and ``update release``."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Final

from renkei.cli.commands import Argument, Command, connect
from renkei.cli.exits import Exit
from renkei.cli.output import Output, table
from renkei.cli.values import items, partner_of
from renkei.cli.words import Text

_HEAD: Final = ("PART", "CUSTOMER", "KIND", "VERSION", "STATE", "DUE", "REASON")


def list_updates(arguments: argparse.Namespace, output: Output) -> Exit:
    """List how current customers' copies of our records are."""
    return _shown(connect(arguments, output).get("updates", part=arguments.part), output)


def release(arguments: argparse.Namespace, output: Output) -> Exit:
    """Let the newest version of a part's records go."""
    return _shown(connect(arguments, output).post("updates", body={"part": arguments.part}), output)


def _shown(found: Mapping[str, object], output: Output) -> Exit:
    output.result(found, table(_HEAD, [_row(one) for one in items(found)]))
    return Exit.OK


def _row(found: Mapping[str, object]) -> tuple[object, ...]:
    version = found["version"] or ""
    return (found["part"], partner_of(found), found["kind"], version, found["state"], found["due"], found["reason"])


COMMANDS: Final = (
    Command(
        name="update",
        summary=Text("how current customers' copies of our records are", "顧客に渡した記録の更新状況"),
        parts=(
            Command(
                name="list",
                summary=Text(
                    "list who has which version, and what waits", "誰がどの版を持つか、保留中の更新を一覧する"
                ),
                run=list_updates,
                arguments=(Argument(("--part",), Text("only of this part", "この部品だけ"), {"metavar": "PART"}),),
            ),
            Command(
                name="release",
                summary=Text(
                    "bring all copies of a part up to date, also what is held or stopped",
                    "部品の記録を保留・停止中のものも含めて最新版に更新する",
                ),
                run=release,
                arguments=(Argument(("part",), Text("the part's id", "部品ID"), {"metavar": "PART"}),),
            ),
        ),
    ),
)
