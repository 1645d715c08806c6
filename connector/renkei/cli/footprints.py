"""Commands for how footprints are calculated: ``rules``, ``factors`` and ``recalc``."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping
from typing import Final

from renkei.cli.commands import Argument, Command, connect
from renkei.cli.exits import Exit
from renkei.cli.figures import STAGES
from renkei.cli.output import Output, pairs, table
from renkei.cli.values import inner, items, objects, read_object, read_table_text
from renkei.cli.words import Text

_RULES_HEAD: Final = ("RULES", "STATUS", "AS OF", "USED", "TITLE")
_FACTORS_HEAD: Final = ("MATERIAL", "SECTOR", "REGION", "YEAR", "VALUE", "UNIT", "NAME", "SOURCE", "PERSONAL")
_REPRODUCED: Final = Text("reproduced to the last digit", "最後の桁まで再現されました")
_DIFFERS: Final = Text("the first difference", "最初の相違")
_MATTERS: Final = {
    "engine": Text("the engine is another", "計算エンジンが異なります"),
    "rule": Text("the rule set is another", "ルールセットが異なります"),
    "input": Text("an input is another", "入力データが異なります"),
    "figure": Text("a figure is another", "数値が異なります"),
}
_STATED: Final = Text("stated", "記録の値")
_FOUND: Final = Text("found", "今回の値")
_RECORD: Final = Text("record", "記録")
_TOTAL: Final = Text("total", "合計")
_SHARE: Final = Text("primary data share", "一次データ比率")
_QUALITY: Final = Text("data quality (TeR, GeR, TiR)", "データ品質(TeR, GeR, TiR)")
_WHYS: Final = {
    "scope": Text("counted under one rule set only", "一方のルールセットでのみ算入"),
    "stage-map": Text("falls into another stage", "別の段階に算入"),
    "formula": Text("another recycling formula", "リサイクルの計算式が異なる"),
    "rounding": Text("rounding", "端数処理"),
}


def list_rules(arguments: argparse.Namespace, output: Output) -> Exit:
    """List rule sets."""
    found = connect(arguments, output).get("rules")
    rows = [
        (one["name"], one["status"], one["as_of"], one["used"], inner(one, "title")[output.language])
        for one in items(found)
    ]
    output.result(found, table(_RULES_HEAD, rows))
    return Exit.OK


def show_rules(arguments: argparse.Namespace, output: Output) -> Exit:
    """Show one rule set in full."""
    found = connect(arguments, output).get("rules", arguments.rules)
    output.result(found, json.dumps(found, ensure_ascii=False, indent=2).splitlines())
    return Exit.OK


def register_factors(arguments: argparse.Namespace, output: Output) -> Exit:
    """Register the company's secondary factors, CSV or JSON."""
    as_json = arguments.file.lower().endswith(".json")
    body = {"listed": read_object(arguments.file)} if as_json else {"csv": read_table_text(arguments.file)}
    found = connect(arguments, output).put("factors", body=body)
    output.result(found, _factors(found))
    return Exit.OK


def show_factors(arguments: argparse.Namespace, output: Output) -> Exit:
    """Show them."""
    found = connect(arguments, output).get("factors")
    output.result(found, _factors(found))
    return Exit.OK


def _factors(found: Mapping[str, object]) -> Iterator[str]:
    rows = []
    for one in objects(found, "factors"):
        factor = inner(one, "factor")
        about = (one.get("material"), one.get("sector"), factor.get("region"), factor.get("year"))
        rows.append(
            (*about, factor["value"], factor["unit"], factor["name"], factor["source"], factor.get("personal", False))
        )
    yield from table(_FACTORS_HEAD, rows)


def recalculate(arguments: argparse.Namespace, output: Output) -> Exit:
    """Make a footprint record again, or look at its inputs under another rule set."""
    daemon = connect(arguments, output)
    if arguments.rules:
        compared = daemon.get("footprints", arguments.record, "comparison", rules=arguments.rules)
        output.result(compared, _comparison(compared, output))
        return Exit.OK
    query = {"now": "true"} if arguments.now else {}
    found = daemon.get("footprints", arguments.record, "recalculation", **query)
    output.result(found, _recalculation(found, output))
    return Exit.OK if found["reproduced"] else Exit.DIFFERS


def _recalculation(found: Mapping[str, object], output: Output) -> Iterator[str]:
    say = output.say
    yield from pairs({say(_RECORD): found["record"], say(_TOTAL): _total(inner(found, "calculation"))})
    if found["reproduced"]:
        yield say(_REPRODUCED)
        return
    first = inner(found, "difference")
    yield f"{say(_DIFFERS)}: {say(_MATTERS[str(first['matter'])])}: {first['at'] or '/'}"
    shown = {say(_STATED): first["stated"], say(_FOUND): first["found"]}
    yield from pairs({name: _plain(value) for name, value in shown.items()})


def _plain(value: object) -> object:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value


def _total(document: Mapping[str, object]) -> str:
    return f"{document['total']} {document['unit']} / {document['declaredUnitAmount']} {document['declaredUnit']}"


def _comparison(found: Mapping[str, object], output: Output) -> Iterator[str]:
    say, sides = output.say, (inner(found, "from"), inner(found, "to"))
    head = ("", *(str(side["ruleSet"]) for side in sides))
    rows: list[tuple[object, ...]] = []
    for stage in objects(found, "stages"):
        reasons = objects(stage, "reasons")
        if stage["from"] == stage["to"] == "0" and not reasons:
            continue
        rows.append((say(STAGES[str(stage["stage"])]), stage["from"], stage["to"]))
        rows += [
            (f"  {reason.get('name', '')} {say(_WHYS[str(reason['why'])])}", "", reason["kgCO2e"]) for reason in reasons
        ]
    rows.append((say(_TOTAL), *(side["total"] for side in sides)))
    rows.append((say(_SHARE), *(side.get("primaryDataShare") for side in sides)))
    rows.append((say(_QUALITY), *(_rating(side) for side in sides)))
    yield from table(head, rows)


def _rating(side: Mapping[str, object]) -> str | None:
    return ", ".join(map(str, inner(side, "quality").values())) if "quality" in side else None


_RULES: Final = Argument(("rules",), Text("its short name or id", "略称またはID"), {"metavar": "RULES"})

COMMANDS: Final = (
    Command(
        name="rules",
        summary=Text("the rule sets by which footprints are calculated", "フットプリントの計算ルールセット"),
        parts=(
            Command(name="list", summary=Text("list them", "一覧する"), run=list_rules),
            Command(
                name="show", summary=Text("show one in full", "詳細を表示する"), run=show_rules, arguments=(_RULES,)
            ),
        ),
    ),
    Command(
        name="factors",
        summary=Text(
            "our own secondary factors, which stand in for suppliers that have not answered",
            "自社の二次データ(排出係数)。未回答の供給者の代わりに使われる",
        ),
        parts=(
            Command(
                name="register",
                summary=Text("register the list, in place of the one before", "一覧を登録する(以前の一覧を置き換える)"),
                run=register_factors,
                arguments=(Argument(("file",), Text("CSV, or JSON", "CSVまたはJSON"), {"metavar": "FILE"}),),
            ),
            Command(name="show", summary=Text("show them", "表示する"), run=show_factors),
        ),
    ),
    Command(
        name="recalc",
        summary=Text(
            "make a footprint record of ours again and name the first difference",
            "自社のフットプリント記録を再計算し、最初の相違を示す",
        ),
        run=recalculate,
        arguments=(
            Argument(("record",), Text("the record's id or hash", "記録のIDまたはハッシュ"), {"metavar": "RECORD"}),
            Argument(
                ("--rules",),
                Text(
                    "calculate the same inputs under this rule set and explain the difference",
                    "同じ入力を別のルールセットで計算し、差を説明する",
                ),
                {"metavar": "RULES", "default": ""},
            ),
            Argument(
                ("--now",),
                Text("compare its inputs with those of today", "記録時の入力を現在の入力と比較する"),
                {"action": "store_true"},
            ),
        ),
    ),
)
