"""Commands for the parts we make: ``part register``, ``part show``, ``part list``, ``part search``."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from renkei.cli.commands import Argument, Command, connect
from renkei.cli.exits import Exit
from renkei.cli.figures import figures
from renkei.cli.output import Lines, Output, pairs, table
from renkei.cli.values import inner, items, read_object, read_table_text, write_file
from renkei.cli.words import Text
from renkei.kernel.problems import RenkeiError

if TYPE_CHECKING:
    from renkei.cli.management import Management

_CALLED: Final = ("name", "support", "plant", "unit", "rules", "terms")
_KEPT: Final = ("terms", "split")
_MEMBERS: Final = (*_CALLED, *_KEPT, "terminated", "bom", "inventory", "due_diligence", "automatic", "customers")
_CAUSES: Final = (
    "bill-of-materials",
    "energy-mix",
    "own-figures",
    "method",
    "period",
    "correction",
    "supplier-update",
    "due-diligence",
)
_LACKS: Final = Text(
    "{count} suppliers have not answered and are not in it", "未回答の取引先が{count}件あり、合計に含まれていません"
)
_REMOVABLE: Final = ("bom", "inventory", "due-diligence", "customers")


def register(arguments: argparse.Namespace, output: Output) -> Exit:
    """Register a part, or change what is given of it: the rest stays as it is, but for what ``--without`` names."""
    given: dict[str, object] = {}
    if arguments.bom:
        given["bom"] = read_table_text(arguments.bom)
    if arguments.inventory:
        given["inventory"] = read_object(arguments.inventory)
    if arguments.due_diligence:
        given["due_diligence"] = read_object(arguments.due_diligence)
    given |= {name: text for name in _CALLED if (text := getattr(arguments, name)) is not None}
    if arguments.split is not None:
        given["split"] = arguments.split
    if arguments.terminated is not None:
        given["terminated"] = arguments.terminated
    if arguments.automatic is not None:
        given["automatic"] = arguments.automatic
    if arguments.cause:
        given["cause"] = arguments.cause
    if arguments.customer:
        given["customers"] = arguments.customer
    removed = {word.replace("-", "_") for word in arguments.without}
    daemon = connect(arguments, output)
    kept = {name: value for name, value in _kept(daemon, arguments.part).items() if name not in removed}
    part = daemon.put("parts", arguments.part, body=kept | given)
    output.result(part, pairs(_overview(part)))
    return Exit.OK


def _kept(daemon: Management, part: str) -> dict[str, object]:
    """What the daemon keeps of a part, in the form in which it is registered; nothing of one that is new."""
    try:
        known = daemon.get("parts", part)
    except RenkeiError as error:
        if error.code == "part-unknown":
            return {}
        raise
    return {name: known[name] for name in _MEMBERS if name in known}


def _overview(part: Mapping[str, object]) -> dict[str, object]:
    """A part in a line of each: which of its figures are there, how requests for it are answered, and to whom."""
    bought = max(0, sum(1 for line in str(part["bom"] or "").splitlines() if line.strip(" \t,;")) - 1)
    return {
        "id": part["id"],
        "inventory": bool(part["inventory"]),
        "due diligence": bool(part["due_diligence"]),
        "BOM lines": bought,
        "automatic": part["automatic"],
        "customers": part.get("customer_names") or part["customers"],
    }


def show(arguments: argparse.Namespace, output: Output) -> Exit:
    """Show a part, or what is calculated of it now."""
    daemon = connect(arguments, output)
    lines: Lines
    if arguments.footprint:
        shown = daemon.get("parts", arguments.part, "footprint")
        lines = figures(shown, output, _names(daemon, output))
    elif arguments.due_diligence:
        shown = daemon.get("parts", arguments.part, "due-diligence")
        lines = figures(shown, output, _names(daemon, output))
    else:
        shown = daemon.get("parts", arguments.part)
        lines = json.dumps(shown, ensure_ascii=False, indent=2, default=str).splitlines()
    output.result(shown, lines)
    return Exit.OK


def sheet(arguments: argparse.Namespace, output: Output) -> Exit:
    """Write a part's footprint as the sheet of the Ouranos applications: CSV, or Excel where the file says so."""
    from renkei.formats.forms.texts import Encoding, write_csv

    answer = connect(arguments, output).get("parts", arguments.part, "ouranos-sheet")
    cells = {name: str(value) for name, value in inner(answer, "cells").items()}
    if str(arguments.out).casefold().endswith(".xlsx"):
        from renkei.formats.cells import Sheet, Workbook
        from renkei.spreadsheets import write_workbook

        content = write_workbook(Workbook((Sheet(name="CFP", rows=(tuple(cells), tuple(cells.values()))),)))
    else:
        content = write_csv((tuple(cells), tuple(cells.values())), Encoding(arguments.encoding))
    write_file(arguments.out, content)
    if answer["gaps"]:
        output.progress(Text(_LACKS.en.format(count=answer["gaps"]), _LACKS.ja.format(count=answer["gaps"])))
    output.result({"file": arguments.out, **answer}, [arguments.out])
    return Exit.OK


def _names(daemon: Management, output: Output) -> Mapping[str, object]:
    """Short names of partners, by id; a program that reads the JSON has no use for them."""
    about = {} if output.as_json else daemon.get("about")
    return inner(about, "partners") if "partners" in about else {}


def search(arguments: argparse.Namespace, output: Output) -> Exit:
    """Search our parts."""
    body = {"name": arguments.name or "", "limit": arguments.limit, "after": arguments.after}
    body |= {} if arguments.plant is None else {"plant": arguments.plant}
    body |= {} if arguments.parent is None else {"parent": arguments.parent}
    found = connect(arguments, output).post("parts", "search", body=body)
    columns = ("id", "name", "support", "plant", "unit", "parent", "terminated")
    rows = [tuple(part[name] for name in columns) for part in items(found)]
    lines = [*table(("PART", *(name.upper() for name in columns[1:])), rows)]
    if found["next"]:
        lines.append(output.say(Text(f"more: --after {found['next']}", f"続き: --after {found['next']}")))
    output.result(found, lines)
    return Exit.OK


def list_parts(arguments: argparse.Namespace, output: Output) -> Exit:
    """List our parts."""
    found = connect(arguments, output).get("parts", limit=500)
    rows = [tuple(_overview(part).values()) for part in items(found)]
    head = ("PART", "INVENTORY", "DUE DILIGENCE", "BOM LINES", "AUTOMATIC", "CUSTOMERS")
    output.result(found, table(head, rows))
    return Exit.OK


_PART: Final = Argument(("part",), Text("the part's id", "部品ID"), {"metavar": "PART"})

COMMANDS: Final = (
    Command(
        name="part",
        summary=Text("register and show the parts we make", "自社の部品を登録・表示する"),
        parts=(
            Command(
                name="register",
                summary=Text(
                    "register a part with its BOM and figures; of one that is known, what is not given stays",
                    "部品を部品表・数値とともに登録する(登録済みの部品では、指定しない項目は保持)",
                ),
                run=register,
                arguments=(
                    _PART,
                    Argument(("--name",), Text("what it is called", "部品項目"), {"metavar": "TEXT"}),
                    Argument(
                        ("--support",),
                        Text("what tells it from others of that name", "補助項目(同名の部品の区別)"),
                        {"metavar": "TEXT"},
                    ),
                    Argument(("--plant",), Text("where it is made", "事業所"), {"metavar": "PLANT"}),
                    Argument(("--unit",), Text("in which it is counted", "単位"), {"metavar": "UNIT"}),
                    Argument(
                        ("--rules",),
                        Text(
                            "the rule set of its footprint, see `rules list`; empty: the usual one",
                            "フットプリントのルールセット(`rules list` 参照、空なら既定)",
                        ),
                        {"metavar": "RULES"},
                    ),
                    Argument(
                        ("--terms",),
                        Text(
                            "the template its footprint is given under, see `template list`; empty: the usual one",
                            "フットプリントを提供する契約テンプレート(`template list` 参照、空なら既定)",
                        ),
                        {"metavar": "TEMPLATE"},
                    ),
                    Argument(
                        ("--cause",),
                        Text(
                            "why it changes, as customers are told (default: what changes tells it)",
                            "変更の理由(顧客に伝わる。既定は変更内容から判断)",
                        ),
                        {"choices": _CAUSES},
                    ),
                    Argument(
                        ("--split",),
                        Text(
                            "its records tell own from supplied, as Ouranos does",
                            "記録で自社分と調達分を分けて示す(ウラノス方式)",
                        ),
                        {"action": "store_const", "const": True},
                    ),
                    Argument(
                        ("--no-split",),
                        Text("they do not (default)", "分けない(既定)"),
                        {"dest": "split", "action": "store_const", "const": False},
                    ),
                    Argument(
                        ("--terminated",),
                        Text("nothing in it is bought", "終端(購入品を含まない)"),
                        {"action": "store_const", "const": True},
                    ),
                    Argument(
                        ("--not-terminated",),
                        Text("that is not so, or not known", "終端としない"),
                        {"dest": "terminated", "action": "store_const", "const": False},
                    ),
                    Argument(("--bom",), Text("bill of materials, CSV", "部品表(CSV)"), {"metavar": "FILE"}),
                    Argument(
                        ("--inventory",),
                        Text("our own emissions, JSON", "自社の排出量(JSON)"),
                        {"metavar": "FILE"},
                    ),
                    Argument(
                        ("--due-diligence",),
                        Text("our own due-diligence facts, JSON", "自社のデューディリジェンス(JSON)"),
                        {"metavar": "FILE"},
                    ),
                    Argument(
                        ("--manual",),
                        Text("do not answer requests for it automatically", "依頼に自動で回答しない"),
                        {"dest": "automatic", "action": "store_const", "const": False},
                    ),
                    Argument(
                        ("--automatic",),
                        Text("answer them automatically again (default)", "自動回答に戻す(既定)"),
                        {"dest": "automatic", "action": "store_const", "const": True},
                    ),
                    Argument(
                        ("--customer",),
                        Text(
                            "who may ask, again for each, in place of those before (default: anyone)",
                            "依頼できる相手(複数可、以前の指定を置き換える。既定は全員)",
                        ),
                        {"action": "append", "default": [], "metavar": "PARTNER"},
                    ),
                    Argument(
                        ("--without",),
                        Text(
                            "what to remove of a part that is known, again for each",
                            "登録済みの部品から削除する項目(複数可)",
                        ),
                        {"action": "append", "default": [], "choices": _REMOVABLE},
                    ),
                ),
            ),
            Command(
                name="show",
                summary=Text("show a part, or what is calculated of it", "部品または計算結果を表示する"),
                run=show,
                arguments=(
                    _PART,
                    Argument(
                        ("--footprint",),
                        Text("its footprint with every contribution", "フットプリントと内訳"),
                        {"action": "store_true"},
                    ),
                    Argument(
                        ("--due-diligence",),
                        Text("its due diligence with every contribution", "デューディリジェンスと内訳"),
                        {"action": "store_true"},
                    ),
                ),
            ),
            Command(
                name="sheet",
                summary=Text(
                    "write its footprint as the sheet of the Ouranos applications",
                    "CFPをウラノスのアプリの合算情報(CSV・Excel)として書き出す",
                ),
                run=sheet,
                arguments=(
                    _PART,
                    Argument(
                        ("--out",),
                        Text(
                            "where to write it; .xlsx: as Excel (default cfp.csv)",
                            "出力先。.xlsxならExcel(既定 cfp.csv)",
                        ),
                        {"default": "cfp.csv", "metavar": "FILE"},
                    ),
                    Argument(
                        ("--encoding",),
                        Text("of a CSV file (default utf-8-sig)", "CSVの文字コード(既定 utf-8-sig)"),
                        {"default": "utf-8-sig", "choices": ("utf-8", "utf-8-sig", "cp932")},
                    ),
                ),
            ),
            Command(name="list", summary=Text("list our parts", "部品を一覧する"), run=list_parts),
            Command(
                name="search",
                summary=Text("search our parts by name, plant and kind", "部品を名称・事業所・親部品の別で検索する"),
                run=search,
                arguments=(
                    Argument(("--name",), Text("how its name begins", "部品項目(前方一致)"), {"metavar": "TEXT"}),
                    Argument(("--plant",), Text("where it is made", "事業所"), {"metavar": "PLANT"}),
                    Argument(
                        ("--parents",),
                        Text("only those with components", "親部品のみ"),
                        {"dest": "parent", "action": "store_const", "const": True},
                    ),
                    Argument(
                        ("--singles",),
                        Text("only those without", "構成部品を持たないもののみ"),
                        {"dest": "parent", "action": "store_const", "const": False},
                    ),
                    Argument(
                        ("--limit",), Text("how many at once", "件数"), {"type": int, "default": 100, "metavar": "N"}
                    ),
                    Argument(
                        ("--after",),
                        Text("where the page before ended", "前ページの続き"),
                        {"default": "", "metavar": "TOKEN"},
                    ),
                ),
            ),
        ),
    ),
)
