"""Commands that ask about a footprint: ``footprint keep``, ``why``, ``hotspots``, ``what-if``."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from typing import Final

from renkei.cli.commands import Argument, Command, connect
from renkei.cli.exits import Exit
from renkei.cli.output import Output, pairs, table
from renkei.cli.records import bare
from renkei.cli.values import inner, objects, read_object
from renkei.cli.words import Text

_FROM: Final = Text("before", "変更前")
_TO: Final = Text("after", "変更後")
_CHANGE: Final = Text("change", "差")
_SAME: Final = Text("nothing changes", "変化はありません")
_TOTAL: Final = Text("total", "合計")
_SHARE: Final = Text("primary data share", "一次データ比率")
_KINDS: Final = {
    "method": Text("method", "算定方法"),
    "unit": Text("unit", "単位"),
    "own-emission": Text("own emission", "自社排出"),
    "factor": Text("factor", "排出係数"),
    "amount": Text("amount", "使用量"),
    "supplier": Text("supplier", "供給者"),
    "rounding": Text("rounding", "端数処理"),
}
_ORIGINS: Final = {
    "own": Text("measured", "実測"),
    "secondary": Text("literature", "二次データ"),
    "component": Text("supplier", "供給者"),
    "estimate": Text("stand-in", "推計値"),
}
_CAUSES_HEAD: Final = ("CAUSE", "WHAT", "COMPANY", "kgCO2e")
_SOURCES_HEAD: Final = ("FROM", "WHAT", "COMPANY", "IN", "kgCO2e", "%")
_LADDER_HEAD: Final = ("ASK", "COMPANY", "PRIMARY DATA THEN", "%")
_LADDER: Final = Text(
    "measured figures of these raise the primary data share", "一次データに置き換えると効果が大きい順"
)
_UNKNOWN: Final = Text("nobody knows how much", "量が不明(未回答)")


def why(arguments: argparse.Namespace, output: Output) -> Exit:
    """Why a record differs from an earlier one."""
    query = {"since": arguments.since, "visible": ",".join(arguments.show)}
    asked = {name: value for name, value in query.items() if value} | ({"now": "true"} if arguments.now else {})
    found = connect(arguments, output).get("footprints", arguments.record, "attribution", **asked)
    output.result(found, _attribution(found, output))
    return Exit.OK


def keep(arguments: argparse.Namespace, output: Output) -> Exit:
    """Keep the footprint of today as a record of ours."""
    kept = connect(arguments, output).post("parts", arguments.part, "footprint")
    document = inner(kept, "document")
    output.result(kept, [f"{document['id']}  {document['total']} {document['unit']}"])
    return Exit.OK


def hotspots(arguments: argparse.Namespace, output: Output) -> Exit:
    """Where a footprint arises, and whom to ask first."""
    found = connect(arguments, output).get("parts", arguments.part, "hotspots")
    output.result(found, _hotspots(found, arguments.limit, output))
    return Exit.OK


def what_if(arguments: argparse.Namespace, output: Output) -> Exit:
    """What another supplier or another factor would change."""
    body: dict[str, object] = {"component": arguments.component, "use": arguments.use}
    if arguments.record:
        body["record"] = bare(read_object(arguments.record))
    if arguments.factor:
        body["factor"] = read_object(arguments.factor)
    asked = {name: value for name, value in body.items() if value}
    found = connect(arguments, output).post("parts", arguments.part, "what-if", body=asked)
    output.result(found, _attribution(found, output))
    return Exit.OK


def _attribution(found: Mapping[str, object], output: Output) -> Iterator[str]:
    say = output.say
    yield from pairs({say(_FROM): found["from"], say(_TO): found["to"], say(_CHANGE): found["change"]})
    rows = [
        (say(_KINDS[str(cause["kind"])]), cause.get("name"), cause.get("company"), cause["kgCO2e"])
        for cause in objects(found, "causes")
    ]
    yield from table(_CAUSES_HEAD, rows) if rows else (say(_SAME),)


def _hotspots(found: Mapping[str, object], limit: int, output: Output) -> Iterator[str]:
    say = output.say
    yield from pairs({say(_TOTAL): found["total"], say(_SHARE): found.get("primaryDataShare")})
    rows = [
        (say(_ORIGINS[str(one["origin"])]), *(one.get(n) for n in ("name", "company", "inPart", "kgCO2e", "percent")))
        for one in objects(found, "sources")[:limit]
    ]
    yield from table(_SOURCES_HEAD, rows)
    ladder = [(one["name"], one["company"], one["reaches"], one.get("percent")) for one in objects(found, "ladder")]
    if ladder:
        yield f"{say(_LADDER)}:"
        yield from table(_LADDER_HEAD, ladder[:limit])
    for gap in objects(found, "unknown"):
        yield f"{gap['part']} ({gap['company']}): {say(_UNKNOWN)}"


COMMANDS: Final = (
    Command(
        name="footprint",
        summary=Text("questions about a footprint of ours", "自社のフットプリントについて調べる"),
        parts=(
            Command(
                name="keep",
                summary=Text(
                    "keep today's as a record of ours, offered to nobody: what later ones are compared with",
                    "現在の値を自社の記録として保存する(誰にも提供せず、後で比較する基準とする)",
                ),
                run=keep,
                arguments=(Argument(("part",), Text("the part's id", "部品ID"), {"metavar": "PART"}),),
            ),
            Command(
                name="why",
                summary=Text("why it changed, cause by cause, exactly", "変化の原因を、原因ごとに正確に示す"),
                run=why,
                arguments=(
                    Argument(("record",), Text("the later record's id", "新しい記録のID"), {"metavar": "RECORD"}),
                    Argument(
                        ("--since",),
                        Text(
                            "the earlier record; by default the one it supersedes",
                            "以前の記録(既定では置き換えられた記録)",
                        ),
                        {"metavar": "RECORD", "default": ""},
                    ),
                    Argument(
                        ("--now",),
                        Text("from this record to the inputs of today", "この記録から現在の入力データまで"),
                        {"action": "store_true"},
                    ),
                    Argument(
                        ("--show",),
                        Text(
                            "name only this company, mask the others (repeatable)",
                            "この企業名のみ表示し、他は伏せる(複数可)",
                        ),
                        {"metavar": "COMPANY", "action": "append", "default": []},
                    ),
                ),
            ),
            Command(
                name="hotspots",
                summary=Text("where it arises, and whom to ask first", "どこで生じるか、誰に先に依頼すべきか"),
                run=hotspots,
                arguments=(
                    Argument(("part",), Text("the part", "部品"), {"metavar": "PART"}),
                    Argument(
                        ("--limit",),
                        Text("how many lines (20)", "行数(既定は20)"),
                        {"metavar": "LINES", "type": int, "default": 20},
                    ),
                ),
            ),
            Command(
                name="what-if",
                summary=Text(
                    "what another supplier or other electricity would change; nothing is stored",
                    "別の供給者や別の電力なら何が変わるか(何も保存されない)",
                ),
                run=what_if,
                arguments=(
                    Argument(("part",), Text("the part", "部品"), {"metavar": "PART"}),
                    Argument(
                        ("--component",),
                        Text("the component that another record stands for", "別の記録に置き換える構成品"),
                        {"metavar": "COMPONENT", "default": ""},
                    ),
                    Argument(
                        ("--record",),
                        Text(
                            "a footprint record, JSON, also as `renkei export record` writes it",
                            "フットプリント記録(JSON)。`renkei export record` の出力も可",
                        ),
                        {"metavar": "FILE", "default": ""},
                    ),
                    Argument(
                        ("--factor",),
                        Text("a secondary factor, JSON; for all energy", "二次データ(JSON)。全エネルギーに適用"),
                        {"metavar": "FILE", "default": ""},
                    ),
                    Argument(
                        ("--use",),
                        Text("only for uses of this name", "この名前の使用量のみに適用"),
                        {"metavar": "NAME", "default": ""},
                    ),
                ),
            ),
        ),
    ),
)
