"""Commands for what agreements oblige to: ``obligations list``, ``show``, ``done`` and ``begin``."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Final, cast

from renkei.cli.commands import Argument, Command, connect
from renkei.cli.exits import Exit
from renkei.cli.output import Output, pairs, table
from renkei.cli.values import instant, items, partner_of, person, read_bytes
from renkei.cli.words import Text
from renkei.kernel import jcs
from renkei.policy.deciding.phrases import action_of

_HEAD: Final = ("OBLIGATION", "PARTNER", "WHO", "ACTION", "DUE", "STATE", "SAID", "DATASET")
_US: Final = Text("we", "当社")
_THEM: Final = Text("partner", "相手")


def list_obligations(arguments: argparse.Namespace, output: Output) -> Exit:
    """List what we and our partners owe."""
    due = "true" if arguments.due else None
    found = connect(arguments, output).get(
        "obligations", due=due, partner=arguments.partner, agreement=arguments.agreement
    )
    output.result(found, table(_HEAD, [tuple(_row(item, output).values()) for item in items(found)]))
    return Exit.OK


def show(arguments: argparse.Namespace, output: Output) -> Exit:
    """Show one in full."""
    return _shown(connect(arguments, output).get("obligations", arguments.obligation), output)


def done(arguments: argparse.Namespace, output: Output) -> Exit:
    """Record that one was performed."""
    return _say(arguments, output, "done")


def begin(arguments: argparse.Namespace, output: Output) -> Exit:
    """Record that one is owed from now on."""
    return _say(arguments, output, "begin")


def _say(arguments: argparse.Namespace, output: Output, step: str) -> Exit:
    body = {"by": person(arguments.by), "evidence": arguments.evidence}
    if arguments.file:
        body["digest"] = jcs.digest(read_bytes(arguments.file))
    if arguments.at:
        body["at"] = arguments.at
    return _shown(connect(arguments, output).post("obligations", arguments.obligation, step, body=body), output)


def _shown(found: Mapping[str, object], output: Output) -> Exit:
    said = {name: _said(found.get(name)) for name in ("start", "performance") if found.get(name)}
    terms = {name: found[name] for name in ("agreement", "path", "role", "above", "debtor", "creditor") if found[name]}
    output.result(found, pairs({**_row(found, output), **terms, **said}))
    return Exit.OK


def _row(found: Mapping[str, object], output: Output) -> dict[str, object]:
    said = cast("Mapping[str, object]", found["performance"] or found["start"] or {})
    return {
        "obligation": found["id"],
        "partner": partner_of(found),
        "who": output.say(_US if found["ours"] else _THEM),
        "action": action_of(str(found["action"])),
        "due": found["due"],
        "state": found["state"],
        "said": said.get("word", ""),
        "dataset": found["dataset"],
    }


def _said(said: object) -> str:
    one = cast("Mapping[str, object]", said)
    return " · ".join(str(one[name]) for name in ("word", "by", "at", "evidence", "digest") if one[name])


_OBLIGATION: Final = Argument(("obligation",), Text("the obligation's id", "義務ID"), {"metavar": "OBLIGATION"})
_SAYING: Final = (
    _OBLIGATION,
    Argument(
        ("--evidence",),
        Text("what shows it, such as a payment reference", "根拠(例 支払の参照番号)"),
        {"required": True, "metavar": "TEXT"},
    ),
    Argument(
        ("--file",),
        Text("a document that shows it: its hash is kept with the words", "根拠の文書(そのハッシュを記録する)"),
        {"metavar": "FILE"},
    ),
    Argument(
        ("--at",),
        Text("when it happened, such as 2026-11-22T09:30:00Z (default: now)", "実施日時(既定は現在)"),
        {"type": instant, "metavar": "INSTANT"},
    ),
    Argument(("--by",), Text("who says so (default: you)", "記録者(既定はログイン名)"), {"metavar": "NAME"}),
)

COMMANDS: Final = (
    Command(
        name="obligations",
        summary=Text("what agreements oblige to, and what was done", "契約上の義務とその履行"),
        parts=(
            Command(
                name="list",
                summary=Text("list what we and our partners owe", "自社と取引先の義務を一覧する"),
                run=list_obligations,
                arguments=(
                    Argument(
                        ("--due",), Text("only what is owed now", "現在負っているものだけ"), {"action": "store_true"}
                    ),
                    Argument(
                        ("--partner",),
                        Text("only with this one: an id or configured name", "この相手のものだけ(IDまたは設定名)"),
                        {"metavar": "PARTNER"},
                    ),
                    Argument(
                        ("--agreement",),
                        Text("only those of this agreement", "この契約のものだけ"),
                        {"metavar": "AGREEMENT"},
                    ),
                ),
            ),
            Command(
                name="show", summary=Text("show one in full", "詳細を表示する"), run=show, arguments=(_OBLIGATION,)
            ),
            Command(
                name="done",
                summary=Text("record that one was performed", "履行を記録する"),
                run=done,
                arguments=_SAYING,
            ),
            Command(
                name="begin",
                summary=Text(
                    "record that one is owed from now on: a prohibition was infringed, or its condition has come about",
                    "義務の発生を記録する(禁止への違反、または条件の成立)",
                ),
                run=begin,
                arguments=_SAYING,
            ),
        ),
    ),
)
