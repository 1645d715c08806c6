"""Commands for declarations and reports to an authority (宣言・報告): ``declaration forms``, ``create``, ``page``."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Final

from renkei.cli.commands import Argument, Command, connect
from renkei.cli.exits import Exit
from renkei.cli.output import Lines, Output, pairs, table
from renkei.cli.values import inner, items, objects, read_object, write_file
from renkei.cli.words import Text

_HEAD: Final = ("DECLARATION", "FORM", "MODEL", "PLANT", "NO", "DRAFT", "VERIFICATION", "SUCCESSOR")
_EXAMPLE: Final = "docs/how-to/verify-and-declare.md"


def forms(arguments: argparse.Namespace, output: Output) -> Exit:
    """List the forms there are."""
    found = connect(arguments, output).get("declarations", "forms")
    rows = [(one["name"], inner(one, "title")[output.language], one["status"], one["as_of"]) for one in items(found)]
    output.result(found, table(("FORM", "TITLE", "STATUS", "AS OF"), rows))
    return Exit.OK


def create(arguments: argparse.Namespace, output: Output) -> Exit:
    """Create one of a part, as its record is now."""
    facts = read_object(arguments.facts, like=_EXAMPLE)
    body = {"facts": facts, "form": arguments.form, "draft": arguments.draft}
    found = connect(arguments, output).post("declarations", body=body)
    output.result(found, _shown(found, output))
    return Exit.OK


def list_declarations(arguments: argparse.Namespace, output: Output) -> Exit:
    """List those that we made."""
    found = connect(arguments, output).get("declarations", part=arguments.part)
    output.result(found, table(_HEAD, [_row(one) for one in items(found)]))
    return Exit.OK


def show(arguments: argparse.Namespace, output: Output) -> Exit:
    """Show one, item by item."""
    found = connect(arguments, output).get("declarations", arguments.declaration)
    output.result(found, _shown(found, output))
    return Exit.OK


def page(arguments: argparse.Namespace, output: Output) -> Exit:
    """Write one as a page fit for print."""
    management = connect(arguments, output)
    text = management.text(
        "declarations", arguments.declaration, "page", language=arguments.language or output.language
    )
    write_file(arguments.output, text.encode())
    output.result({"file": arguments.output}, [arguments.output])
    return Exit.OK


def _row(found: Mapping[str, object]) -> tuple[object, ...]:
    names = ("declaration", "form", "model", "plant", "number", "draft", "verification", "successor")
    return tuple(found[name] for name in names)


def _shown(found: Mapping[str, object], output: Output) -> Lines:
    yield from pairs(dict(zip((name.lower() for name in _HEAD), _row(found), strict=True)))
    rows = []
    for item in objects(inner(found, "document"), "items"):
        value = item.get("shown", item.get("value"))
        rows.append((item["point"], inner(item, "label")[output.language], value, item.get("unit")))
    yield from table(("POINT", "ITEM", "VALUE", "UNIT"), rows)


_DECLARATION: Final = Argument(("declaration",), Text("its id", "宣言のID"), {"metavar": "DECLARATION"})

COMMANDS: Final = (
    Command(
        name="declaration",
        summary=Text(
            "make footprint declarations and reports for authorities", "当局向けフットプリント宣言・報告を作成する"
        ),
        parts=(
            Command(name="forms", summary=Text("list the forms", "様式の一覧"), run=forms),
            Command(
                name="create",
                summary=Text("create one of a part, as its record is now", "部品の現在の記録から作成する"),
                run=create,
                arguments=(
                    Argument(
                        ("facts",),
                        Text(
                            "file with manufacturer, model, plant, service life …",
                            "製造者・型式・工場・使用期間等のファイル",
                        ),
                        {"metavar": "FILE"},
                    ),
                    Argument(
                        ("--form",),
                        Text("which form", "様式"),
                        {"default": "eu-2023-1542-article-7", "metavar": "FORM"},
                    ),
                    Argument(
                        ("--draft",),
                        Text("also while something is missing", "不足があっても下書きとして作成する"),
                        {"action": "store_true"},
                    ),
                ),
            ),
            Command(
                name="list",
                summary=Text("list declarations", "宣言の一覧"),
                run=list_declarations,
                arguments=(Argument(("--part",), Text("of this part", "対象部品"), {"metavar": "PART"}),),
            ),
            Command(
                name="show",
                summary=Text("show one, item by item", "項目ごとに表示する"),
                run=show,
                arguments=(_DECLARATION,),
            ),
            Command(
                name="page",
                summary=Text("write one as a page fit for print", "印刷用ページを書き出す"),
                run=page,
                arguments=(
                    _DECLARATION,
                    Argument(
                        ("-o", "--output"),
                        Text("the HTML file", "HTMLファイル"),
                        {"required": True, "metavar": "FILE"},
                    ),
                    Argument(
                        ("--language",),
                        Text("of the page (default: that of the command)", "ページの言語(既定はコマンドの言語)"),
                        {"choices": ("en", "ja")},
                    ),
                ),
            ),
        ),
    ),
)
