"""Commands for notices (通知): ``notice list`` and ``notice show``."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from typing import Final

from renkei.cli.commands import Argument, Command, connect
from renkei.cli.exits import Exit
from renkei.cli.output import Output, pairs, table
from renkei.cli.values import items, partner_of
from renkei.cli.words import Text

_HEAD: Final = ("NOTICE", "PARTNER", "KIND", "SUBJECT", "CAUSE", "STATE", "REASON")
_KINDS: Final = ("restated", "alert", "statement", "withdrawn", "questionnaire", "answers")


def list_notices(arguments: argparse.Namespace, output: Output) -> Exit:
    """List what partners told us, or what we told them."""
    direction = "out" if arguments.sent else "in"
    found = connect(arguments, output).get(
        "notices", direction=direction, partner=arguments.partner, kind=arguments.kind
    )
    output.result(found, table(_HEAD, [tuple(_row(one).values()) for one in items(found)]))
    return Exit.OK


def show(arguments: argparse.Namespace, output: Output) -> Exit:
    """Show one in full."""
    found = connect(arguments, output).get("notices", arguments.notice)
    more = {name: found[name] for name in ("direction", "agreement", "due", "trouble", "created") if found[name]}
    content = json.dumps(found["content"], ensure_ascii=False)
    output.result(found, pairs({**_row(found), **more, "content": content}))
    return Exit.OK


def _row(found: Mapping[str, object]) -> dict[str, object]:
    return {
        "notice": found["notice"],
        "partner": partner_of(found),
        "kind": found["kind"],
        "subject": found["subject"],
        "cause": found["cause"],
        "state": found["state"],
        "reason": found["reason"],
    }


COMMANDS: Final = (
    Command(
        name="notice",
        summary=Text("what partners told us of what we have of them, and we told ours", "取引先との通知"),
        parts=(
            Command(
                name="list",
                summary=Text("list those that came, or those that were sent", "受信または送信した通知を一覧する"),
                run=list_notices,
                arguments=(
                    Argument(
                        ("--sent",),
                        Text("those that we sent (default: those that came)", "当社が送信したもの(既定は受信分)"),
                        {"action": "store_true"},
                    ),
                    Argument(
                        ("--partner",),
                        Text("only with this one: an id or configured name", "この相手のものだけ(IDまたは設定名)"),
                        {"metavar": "PARTNER"},
                    ),
                    Argument(("--kind",), Text("only of this kind", "この種類だけ"), {"choices": _KINDS}),
                ),
            ),
            Command(
                name="show",
                summary=Text("show one in full", "詳細を表示する"),
                run=show,
                arguments=(Argument(("notice",), Text("the notice's id", "通知ID"), {"metavar": "NOTICE"}),),
            ),
        ),
    ),
)
