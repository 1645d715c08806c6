"""The command for what we offer: ``publish``."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from typing import Final

from renkei.cli.commands import Argument, Command, connect
from renkei.cli.exits import Exit
from renkei.cli.output import Output, pairs
from renkei.cli.values import assignment, objects, read_object
from renkei.cli.words import Text

_ANYONE: Final = "anyone"
_WARNING: Final = Text("warning", "警告")


def publish(arguments: argparse.Namespace, output: Output) -> Exit:
    """Offer a file or a stored record under terms."""
    body = {
        "dataset": arguments.dataset,
        "title": arguments.title,
        "file": arguments.file or "",
        "document": arguments.document or "",
        "passport": arguments.passport or "",
        "media_type": arguments.media_type,
        "template": arguments.template or "",
        "parameters": dict(arguments.set),
        "profile": arguments.profile,
        "policy": read_object(arguments.policy, like="docs/concepts/policies.md") if arguments.policy else None,
        "visible_to": arguments.visible_to,
        "access": read_object(arguments.access, like="docs/how-to/admit-partners.md") if arguments.access else None,
        "definition": arguments.definition,
        "consent": arguments.consent,
    }
    asset = connect(arguments, output).post("assets", body=body)
    shown = {name: asset[name] for name in ("id", "title", "source", "place")}
    told = pairs({**shown, "visible_to": asset["visible_to"] or output.say(_audience(asset))})
    output.result(asset, [*told, *warnings(asset, output)])
    return Exit.OK


def warnings(shown: Mapping[str, object], output: Output) -> Iterator[str]:
    """What is worth a look in terms that were taken."""
    name = "text_ja" if output.language == "ja" else "text"
    for warning in objects(shown, "warnings"):
        yield f"{output.say(_WARNING)}: {warning[name]}"


def _audience(asset: Mapping[str, object]) -> Text:
    """Who may see what names nobody."""
    if asset["definition"] == _ANYONE:
        return Text("everyone", "全員")
    return Text(
        f"as the contract definition {asset['definition']} says (renkei definition show)",
        f"契約定義 {asset['definition']} による(renkei definition show)",
    )


COMMANDS: Final = (
    Command(
        name="publish",
        summary=Text("offer a dataset", "データセットを提供する"),
        run=publish,
        arguments=(
            Argument(
                ("--dataset",),
                Text("its id (default: a new one)", "データセットID(既定は新規)"),
                {"default": "", "metavar": "ID"},
            ),
            Argument(
                ("--file",),
                Text("a file below the connector's folder files/", "コネクタの files/ 内のファイル"),
                {"metavar": "NAME"},
            ),
            Argument(("--document",), Text("or a stored record", "または保存済みの記録"), {"metavar": "ID"}),
            Argument(("--passport",), Text("or a battery's passport", "または個体の電池パスポート"), {"metavar": "ID"}),
            Argument(("--template",), Text("terms from a template", "条件のテンプレート"), {"metavar": "NAME"}),
            Argument(
                ("--set",),
                Text("a parameter of the template, again for each", "テンプレートのパラメーター(複数可)"),
                {"action": "append", "default": [], "type": assignment, "metavar": "NAME=VALUE"},
            ),
            Argument(
                ("--profile",),
                Text("the template's wire profile (default: plain-dsp)", "テンプレートのプロファイル(既定 plain-dsp)"),
                {"default": "", "choices": ("plain-dsp", "catena-x-1.2")},
            ),
            Argument(("--policy",), Text("or terms from an ODRL file", "またはODRLファイル"), {"metavar": "FILE"}),
            Argument(
                ("--visible-to",),
                Text("who may see it, again for each (default: everyone)", "公開先(複数可、既定は全員)"),
                {"action": "append", "default": [], "metavar": "PARTNER"},
            ),
            Argument(
                ("--access",),
                Text(
                    "or an ODRL file that says what must be known of those who see it",
                    "または閲覧者の条件を定めるODRLファイル",
                ),
                {"metavar": "FILE"},
            ),
            Argument(
                ("--definition",),
                Text("or the contract definition that tells who, and may bring the terms", "または契約定義のID"),
                {"default": "", "metavar": "ID"},
            ),
            Argument(
                ("--consent",),
                Text(
                    "hand it out only under a consent for each of its purposes (renkei consent)",
                    "目的ごとの同意がある場合に限り提供する(renkei consent)",
                ),
                {"action": "store_true"},
            ),
            Argument(("--title",), Text("its title", "タイトル"), {"default": "", "metavar": "TEXT"}),
            Argument(
                ("--media-type",),
                Text("its media type (default: by the file's name)", "メディアタイプ(既定は拡張子から)"),
                {"default": "", "metavar": "TYPE"},
            ),
        ),
    ),
)
