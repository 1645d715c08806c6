"""Commands for the crosswalk of part numbers: list, link, remove, import, export, and what is unlinked."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Final, cast

from renkei.cli.commands import Argument, Command, connect
from renkei.cli.exits import Exit
from renkei.cli.output import Lines, Output, pairs, table
from renkei.cli.values import day, items, objects, partner_of, read_table_text, write_file
from renkei.cli.words import Text

if TYPE_CHECKING:
    from renkei.cli.management import Management

_LONG: Final = 120.0
_PAGE: Final = 500
_SIDES: Final = ("customer", "supplier")
_COLUMNS: Final = ("part", "side", "partner", "number", "plant", "start", "until", "source", "id")
_REASONS: Final = {
    "same-number": Text("same number", "品番が一致"),
    "same-without-zeros": Text("same number but for leading zeros", "先頭の0を除き品番が一致"),
    "same-beginning": Text("the numbers begin alike", "品番の先頭が一致"),
    "same-name": Text("same name", "名称が一致"),
    "similar-name": Text("similar name", "名称が類似"),
}


def list_links(arguments: argparse.Namespace, output: Output) -> Exit:
    """List links."""
    found = [*_links(connect(arguments, output), arguments)]
    output.result({"items": found}, table([name.upper() for name in _COLUMNS], map(_cells, found)))
    return Exit.OK


def _links(daemon: Management, arguments: argparse.Namespace) -> Iterator[dict[str, object]]:
    """The links of every page."""
    asked = {name: getattr(arguments, name, None) for name in ("partner", "part", "number", "side")}
    after: object = ""
    while after is not None:
        page = daemon.get("crosswalk", **asked, after=after, limit=_PAGE)
        yield from items(page)
        after = page.get("next")


def _cells(link: Mapping[str, object]) -> list[object]:
    return [partner_of(link) if name == "partner" else link[name] for name in _COLUMNS]


def link(arguments: argparse.Namespace, output: Output) -> Exit:
    """Link a part of ours with a partner's number."""
    names = ("part", "partner", "side", "number", "plant", "start", "until")
    given = {name: getattr(arguments, name) for name in names}
    found = connect(arguments, output).post("crosswalk", body={name: text for name, text in given.items() if text})
    output.result(found, pairs(dict(zip(_COLUMNS, _cells(found), strict=True))))
    return Exit.OK


def remove(arguments: argparse.Namespace, output: Output) -> Exit:
    """Take back a link that never held."""
    found = connect(arguments, output).delete("crosswalk", arguments.link)
    output.result(found, pairs(dict(zip(_COLUMNS, _cells(found), strict=True))))
    return Exit.OK


def import_links(arguments: argparse.Namespace, output: Output) -> Exit:
    """Keep the links of a table."""
    body = {"csv": read_table_text(arguments.file)}
    found = connect(arguments, output).post("crosswalk", "import", body=body, timeout=_LONG)
    output.result(found, [output.say(_linked(len(items(found))))])
    return Exit.OK


def _linked(count: int) -> Text:
    return Text(f"{count} links", f"{count}件の対応を登録しました")


def export(arguments: argparse.Namespace, output: Output) -> Exit:
    """Write links as the table that ``import`` takes."""
    from renkei.battery.parts.crosswalk import TABLE

    found = [*_links(connect(arguments, output), arguments)]
    text = TABLE.write(_row(one) for one in found)
    write_file(arguments.file, text.encode("utf-8-sig"))
    output.result({"file": arguments.file, "links": len(found)}, [arguments.file])
    return Exit.OK


def _row(found: Mapping[str, object]) -> dict[str, str]:
    named = {"from": found["start"], **{name: found[name] for name in ("part", "partner", "side", "number", "plant")}}
    return {name: str(value or "") for name, value in {**named, "until": found["until"]}.items()}


def unlinked(arguments: argparse.Namespace, output: Output) -> Exit:
    """List numbers that nothing links, with what they may stand for."""
    found = connect(arguments, output).get("unlinked")
    output.result(found, _unlinked(items(found), output))
    return Exit.OK


def _unlinked(found: Iterable[Mapping[str, object]], output: Output) -> Lines:
    rows = []
    for one in found:
        proposals = objects(one, "proposals")
        proposed = [f"{each['number']} ({_why(each, output)})" for each in proposals]
        rows.append((one["side"], partner_of(one), one["number"], one["needed"], one["parts"] or proposed))
    return table(("SIDE", "PARTNER", "NUMBER", "NEEDED BY", "MAY BE"), rows)


def _why(proposal: Mapping[str, object], output: Output) -> str:
    reasons = cast("list[str]", proposal["reasons"])
    return ", ".join(output.say(_REASONS[reason]) if reason in _REASONS else reason for reason in reasons)


_PART: Final = Text("our part", "自社の部品")
_PARTNER: Final = Text("a partner: participant id or name", "取引先(参加者IDまたは名前)")
_NUMBER: Final = Text("the partner's number for it", "取引先の品番")
_SIDE: Final = Text("what the partner is to us", "取引先の区分(納品先または仕入先)")
_FILE: Final = Argument(
    ("file",),
    Text(
        "CSV: part, partner, side, number, plant, from, until",
        "CSV(列: part, partner, side, number, plant, from, until)",
    ),
    {"metavar": "FILE"},
)
_WHICH: Final = (
    Argument(("--partner",), _PARTNER, {"metavar": "PARTNER"}),
    Argument(("--part",), _PART, {"metavar": "PART"}),
    Argument(("--number",), _NUMBER, {"metavar": "NUMBER"}),
    Argument(("--side",), _SIDE, {"choices": _SIDES}),
)

COMMANDS: Final = (
    Command(
        name="crosswalk",
        summary=Text(
            "which of our part numbers is which of a customer's or a supplier's", "自社品番と取引先品番の対応を管理する"
        ),
        parts=(
            Command(name="list", summary=Text("list links", "対応を一覧する"), run=list_links, arguments=_WHICH),
            Command(
                name="link",
                summary=Text("link a part of ours with a partner's number", "自社部品と取引先の品番を対応付ける"),
                run=link,
                arguments=(
                    Argument(("part",), _PART, {"metavar": "PART"}),
                    Argument(("partner",), _PARTNER, {"metavar": "PARTNER"}),
                    Argument(("number",), _NUMBER, {"metavar": "NUMBER"}),
                    Argument(("--side",), _SIDE, {"choices": _SIDES, "required": True}),
                    Argument(
                        ("--plant",),
                        Text("the one plant of ours for which it holds", "対象となる自社事業所"),
                        {"default": "", "metavar": "PLANT"},
                    ),
                    Argument(
                        ("--from",),
                        Text("its first day", "開始日"),
                        {"dest": "start", "type": day, "metavar": "DAY"},
                    ),
                    Argument(("--until",), Text("its last day", "終了日"), {"type": day, "metavar": "DAY"}),
                ),
            ),
            Command(
                name="remove",
                summary=Text("take back a link that never held", "誤って登録した対応を取り消す"),
                run=remove,
                arguments=(Argument(("link",), Text("the link's id", "対応ID"), {"metavar": "LINK"}),),
            ),
            Command(
                name="import",
                summary=Text("link the numbers of a table; all or none", "CSVから一括登録する(全件または0件)"),
                run=import_links,
                arguments=(_FILE,),
            ),
            Command(
                name="export",
                summary=Text("write links into a table", "対応をCSVに書き出す"),
                run=export,
                arguments=(_FILE, *_WHICH),
            ),
            Command(
                name="unlinked",
                summary=Text(
                    "list numbers that nothing links, with what they may stand for",
                    "未対応の品番を候補とともに一覧する",
                ),
                run=unlinked,
            ),
        ),
    ),
)
