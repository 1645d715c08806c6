"""Commands for battery passports (電池パスポート): ``passport open``, ``enter``, ``show``, ``status``, ``check``."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from typing import Final, cast

from renkei.cli.commands import Argument, Command, connect
from renkei.cli.exits import Exit
from renkei.cli.output import Lines, Output, pairs, table
from renkei.cli.values import assignment, inner, instant, items, objects, read_object
from renkei.cli.words import Text

_POINTS: Final = ("NO", "POINT", "STATUS", "VALUE", "UNIT", "SINCE")
_POINT_COLUMNS: Final[tuple[Sequence[str], Sequence[str]]] = (
    ("NO", "POINT", "LABEL", "ACCESS", "LEVEL", "FORM", "UNIT"),
    ("number", "id", "label", "access", "level", "form", "unit"),
)
_TERM_COLUMNS: Final[tuple[Sequence[str], Sequence[str]]] = (
    ("TERM", "LABEL", "UNIT", "SENSITIVITY", "OWNER"),
    ("id", "label", "unit", "sensitivity", "owner"),
)
_CATEGORIES: Final = ("ev", "lmt", "industrial")
_WITHHELD: Final = Text("withheld: {count} points", "非開示: {count}項目")
_HOLDS: Final = Text(
    "✓ what is shown is what the passport is bound to; {count} points are withheld",
    "✓ 表示内容はパスポートのコミットメントと一致します(非開示 {count}項目)",
)


def points(arguments: argparse.Namespace, output: Output) -> Exit:
    """List the data points of the law, or the battery vocabulary."""
    found = connect(arguments, output).get("passports", "terms" if arguments.terms else "points")
    head, names = _TERM_COLUMNS if arguments.terms else _POINT_COLUMNS
    rows = [
        [inner(one, "label")[output.language] if name == "label" else one[name] for name in names]
        for one in items(found)
    ]
    output.result(found, table(head, rows))
    return Exit.OK


def open_passport(arguments: argparse.Namespace, output: Output) -> Exit:
    """Begin the sheet of a battery (with its model) or of a model."""
    body = {"category": arguments.category, "model": arguments.model, "awaited": dict(arguments.awaits)}
    found = connect(arguments, output).put("passports", arguments.passport, body=body)
    output.result(found, _sheet(found))
    return Exit.OK


def enter(arguments: argparse.Namespace, output: Output) -> Exit:
    """Enter values; nothing is overwritten."""
    body = {
        "values": {name: _value(value) for name, value in arguments.values},
        "since": arguments.since,
        "source": arguments.source,
        "evidence": arguments.evidence,
    }
    found = connect(arguments, output).post("passports", arguments.passport, "values", body=body)
    output.result(found, _sheet(found))
    return Exit.OK


def list_passports(arguments: argparse.Namespace, output: Output) -> Exit:
    """List the sheets."""
    found = connect(arguments, output).get("passports", model=arguments.model)
    rows = [
        (one["passport"], one["level"], one["model"], inner(one, "sheet")["category"], one["created"])
        for one in items(found)
    ]
    output.result(found, table(("PASSPORT", "LEVEL", "MODEL", "CATEGORY", "OPENED"), rows))
    return Exit.OK


def show(arguments: argparse.Namespace, output: Output) -> Exit:
    """Show a passport as somebody with this role and purpose sees it."""
    found = connect(arguments, output).get(
        "passports",
        arguments.passport,
        "view",
        role=",".join(arguments.role),
        purpose=",".join(arguments.purpose),
        as_of=arguments.as_of,
        consented=",".join(arguments.consented),
    )
    output.result(found, _view(found, output))
    return Exit.OK


def status(arguments: argparse.Namespace, output: Output) -> Exit:
    """Say how many points are filled, pending, missing."""
    found = connect(arguments, output).get("passports", arguments.passport, "status", as_of=arguments.as_of)
    output.result(found, pairs(found))
    return Exit.OK


def check(arguments: argparse.Namespace, output: Output) -> Exit:
    """Check offline that a view shows what the passport is bound to, and hides nothing else."""
    from renkei.battery.passport.points import DataPoints
    from renkei.battery.passport.view import check_view
    from renkei.resources import Kind, resource_json

    read = read_object(arguments.file, like="renkei passport show --json")
    check_view(read, DataPoints.from_json(resource_json(Kind.VOCAB, "battery/passport/data-points.json")))
    withheld = len(cast("list[object]", read["withheld"]))
    result = {"outcome": "verified", "commitment": read["commitment"], "withheld": withheld}
    output.result(result, [output.say(_HOLDS).format(count=withheld)])
    return Exit.OK


def _view(found: Mapping[str, object], output: Output) -> Lines:
    names = ("passport", "model", "company", "category", "roles", "purposes", "asOf", "classes", "commitment")
    yield from pairs({name: found[name] for name in names})
    listed = objects(found, "points")
    rows = [[one.get(name) for name in ("number", "id", "status", "value", "unit", "since")] for one in listed]
    yield from table(_POINTS, rows)
    terms = objects(found, "terms")
    if terms:
        yield from table(
            ("TERM", "VALUE", "UNIT"), [[one.get(name) for name in ("id", "value", "unit")] for one in terms]
        )
    withheld = cast("list[object]", found["withheld"])
    yield output.say(_WITHHELD).format(count=len(withheld))


def _sheet(found: Mapping[str, object]) -> Lines:
    sheet = inner(found, "sheet")
    yield from pairs({name: found[name] for name in ("passport", "level", "model", "created")})
    entries = objects(sheet, "entries")
    if entries:
        rows = [[one[name] for name in ("point", "value", "from", "entered", "source")] for one in entries]
        yield from table(("POINT", "VALUE", "SINCE", "ENTERED", "SOURCE"), rows)


def _value(text: str) -> object:
    """An object or a list as JSON; everything else as the text it is, figures included."""
    if text[:1] not in {"{", "["}:
        return text
    try:
        return cast("object", json.loads(text))
    except ValueError:
        return text


_PASSPORT: Final = Argument(("passport",), Text("its id", "パスポートのID"), {"metavar": "ID"})
_AS_OF: Final = Argument(
    ("--as-of",),
    Text(
        "as of this moment, such as 2027-06-01T00:00:00Z (default: now)",
        "この時点(例 2027-06-01T00:00:00Z、既定は現在)",
    ),
    {"type": instant, "metavar": "INSTANT"},
)
_SHOWING: Final = (
    _PASSPORT,
    Argument(
        ("--role",),
        Text("in this role, again for each, such as recycler", "閲覧者の役割(複数可、例 recycler)"),
        {"action": "append", "default": [], "metavar": "ROLE"},
    ),
    Argument(
        ("--purpose",),
        Text("for this purpose, again for each, such as recycling", "目的(複数可、例 recycling)"),
        {"action": "append", "default": [], "metavar": "PURPOSE"},
    ),
    _AS_OF,
    Argument(
        ("--consented",),
        Text("a term that its owner has consented to show, again for each", "所有者が開示に同意した用語(複数可)"),
        {"action": "append", "default": [], "metavar": "TERM"},
    ),
)

COMMANDS: Final = (
    Command(
        name="passport",
        summary=Text("keep battery passports and show them by role, purpose and day", "電池パスポートを管理・表示する"),
        parts=(
            Command(
                name="points",
                summary=Text("list the law's data points, or the battery vocabulary", "データ項目または電池用語の一覧"),
                run=points,
                arguments=(
                    Argument(("--terms",), Text("the vocabulary", "電池用語を表示する"), {"action": "store_true"}),
                ),
            ),
            Command(
                name="open",
                summary=Text("begin the sheet of a battery or of a model", "個体または型式の台帳を開く"),
                run=open_passport,
                arguments=(
                    _PASSPORT,
                    Argument(
                        ("--category",), Text("category", "電池の区分"), {"required": True, "choices": _CATEGORIES}
                    ),
                    Argument(
                        ("--model",),
                        Text("the battery's model (none: this is a model)", "個体の型式(省略時は型式の台帳)"),
                        {"default": "", "metavar": "ID"},
                    ),
                    Argument(
                        ("--awaits",),
                        Text("who was asked for a point, again for each", "項目を依頼した相手(複数可)"),
                        {"action": "append", "default": [], "type": assignment, "metavar": "POINT=PARTNER"},
                    ),
                ),
            ),
            Command(
                name="enter",
                summary=Text("enter values of points or terms", "項目・用語の値を記入する"),
                run=enter,
                arguments=(
                    _PASSPORT,
                    Argument(
                        ("values",),
                        Text('weight=412.5, idleTemperatureRange=\'{"low": "-20", "high": "60"}\' …', "項目=値"),
                        {"nargs": "+", "type": assignment, "metavar": "POINT=VALUE"},
                    ),
                    Argument(
                        ("--since",),
                        Text("from when they hold (default: now)", "適用開始日時(既定は現在)"),
                        {"type": instant, "metavar": "INSTANT"},
                    ),
                    Argument(
                        ("--source",),
                        Text("who says so (default: we)", "情報源(既定は自社)"),
                        {"default": "", "metavar": "DID"},
                    ),
                    Argument(
                        ("--evidence",),
                        Text("hash of what proves it", "根拠のハッシュ"),
                        {"default": "", "metavar": "HASH"},
                    ),
                ),
            ),
            Command(
                name="list",
                summary=Text("list the sheets", "台帳の一覧"),
                run=list_passports,
                arguments=(Argument(("--model",), Text("of this model", "型式"), {"metavar": "ID"}),),
            ),
            Command(
                name="show",
                summary=Text("show a passport by role, purpose and day", "役割・目的・時点に応じて表示する"),
                run=show,
                arguments=_SHOWING,
            ),
            Command(
                name="status",
                summary=Text("say how many points are filled, pending, missing", "項目の充足状況を表示する"),
                run=status,
                arguments=(_PASSPORT, _AS_OF),
            ),
            Command(
                name="check",
                summary=Text("check a view offline (passport show --json)", "表示内容をオフラインで検査する"),
                run=check,
                daemon=False,
                arguments=(Argument(("file",), Text("the file", "ファイル"), {"metavar": "FILE"}),),
            ),
        ),
    ),
)
