"""Commands for contract templates: ``template list``, ``show`` and ``fill``, without a daemon.

A template is one that comes with Renkei, by its name, or a file of the operator's.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from renkei.cli.commands import Argument, Command, connect
from renkei.cli.exits import Exit
from renkei.cli.output import Output, pairs, table
from renkei.cli.problems import SHORT_NAME
from renkei.cli.values import assignment, inner, read_object, write_file
from renkei.cli.words import Text

if TYPE_CHECKING:
    from renkei.policy.templates import Template

_LIKE: Final = "docs/how-to/use-a-template.md"
_ENDING: Final = ".json"
_PROFILES: Final = ("plain-dsp", "catena-x-1.2")


def list_templates(arguments: argparse.Namespace, output: Output) -> Exit:  # noqa: ARG001 - the shape of a command
    """List the templates that come with Renkei."""
    templates = [_template(name)[1] for name in _names()]
    shown = [
        {
            "id": each.id,
            "version": each.version,
            "title": each.title[output.language],
            "profiles": list(each.profiles),
            "parameters": [parameter.name for parameter in each.parameters],
        }
        for each in templates
    ]
    rows = [(each.id, ", ".join(each.profiles), each.title[output.language]) for each in templates]
    output.result({"items": shown}, table(("TEMPLATE", "PROFILES", "TITLE"), rows))
    return Exit.OK


def show(arguments: argparse.Namespace, output: Output) -> Exit:
    """Show one: its wording, its blanks and its terms."""
    document, template = _template(arguments.template)
    output.result({**document, "hash": template.hash}, _told(template, output))
    return Exit.OK


def fill(arguments: argparse.Namespace, output: Output) -> Exit:
    """Fill one in: an ODRL offer, to be read, kept, or published with ``--policy``."""
    from renkei.policy.linting.lint import lint
    from renkei.policy.profiles import WIRE_PROFILES
    from renkei.policy.templates import instantiate
    from renkei.policy.write import write_offer

    document, template = _template(arguments.template)
    profile = WIRE_PROFILES[arguments.profile]
    values = dict(arguments.set)
    _demand_participants(template, values)
    offer = instantiate(
        document, values, policy_id=arguments.id or f"urn:renkei:template:{template.id}", profile=profile
    )
    for finding in lint(offer, now=datetime.now(UTC), profile=profile):
        output.progress(Text(finding.text(), finding.text("ja")))
    written = write_offer(offer)
    output.result(written, json.dumps(written, ensure_ascii=False, indent=2).splitlines())
    return Exit.OK


def footprint(arguments: argparse.Namespace, output: Output) -> Exit:
    """Write an Excel form that asks for a part's footprint, blank or for one request of ours."""
    from renkei.cli.filed import footprint_form
    from renkei.formats.forms.footprint_form import Slip, blank_form
    from renkei.spreadsheets import write_workbook

    slip = Slip()
    if arguments.request:
        daemon = connect(arguments, output)
        asked = inner(daemon.get("requests", arguments.request), "request")
        slip = Slip(
            request=str(asked["request"]),
            asker=str(daemon.get("about")["did"]),
            part=str(asked["part"]),
            due=str(asked["due"]),
        )
    content = write_workbook(blank_form(footprint_form(), output.language, slip))
    write_file(arguments.out, content)
    shown = {"file": arguments.out, "language": output.language, "bytes": len(content), "request": slip.request or None}
    output.result(shown, [arguments.out])
    return Exit.OK


def _demand_participants(template: Template, values: Mapping[str, str]) -> None:
    """Only ids of participants: short names are the daemon's. Raises ConfigurationError ``cli-short-name``."""
    from renkei.daemon.config import is_participant
    from renkei.policy.parameters import ParameterType

    for parameter in template.parameters:
        value = values.get(parameter.name, "")
        if parameter.type is ParameterType.PARTICIPANT and value and not is_participant(value):
            raise SHORT_NAME(parameter=parameter.name, value=value)


def _names() -> list[str]:
    from renkei.resources import Kind, resource_names

    return [name.removesuffix(_ENDING) for name in resource_names(Kind.POLICIES) if name.endswith(_ENDING)]


def _template(name: str) -> tuple[dict[str, object], Template]:
    """A template that comes with Renkei, or a file. Raises ConfigurationError ``template-unknown``, ``policy-…``."""
    from renkei.exchange.problems import UNKNOWN_TEMPLATE
    from renkei.kernel import strict_json
    from renkei.policy.templates import read_template
    from renkei.resources import Kind, resource_bytes

    if name.endswith(_ENDING):
        document = read_object(name, like=_LIKE)
    elif name in (known := _names()):
        document = strict_json.loads_object(resource_bytes(Kind.POLICIES, name + _ENDING))
    else:
        raise UNKNOWN_TEMPLATE(template=name, known=", ".join(known))
    return document, read_template(document)


def _told(template: Template, output: Output) -> Iterator[str]:
    language = output.language
    yield f"{template.title[language]} ({template.id} {template.version})"
    yield ""
    yield template.text[language]
    yield ""
    yield from pairs({"profiles": list(template.profiles), "hash": template.hash})
    yield ""
    head = ("PARAMETER", "TYPE", "DEFAULT", "TITLE")
    rows = [(each.name, each.type.value, each.default, each.title[language]) for each in template.parameters]
    yield from table(head, rows)


_TEMPLATE: Final = Argument(
    ("template",),
    Text("its name, or a file that ends in .json", "テンプレート名または .json ファイル"),
    {"metavar": "TEMPLATE"},
)

COMMANDS: Final = (
    Command(
        name="template",
        summary=Text("list, show and fill in contract templates", "契約テンプレートを一覧・表示・記入する"),
        parts=(
            Command(
                name="list",
                summary=Text("list those that come with Renkei", "付属のテンプレートを一覧する"),
                run=list_templates,
                daemon=False,
            ),
            Command(
                name="show",
                summary=Text("show its wording, its blanks and its terms", "文面・パラメーター・条件を表示する"),
                run=show,
                arguments=(_TEMPLATE,),
                daemon=False,
            ),
            Command(
                name="footprint",
                summary=Text(
                    "write an Excel form that asks for a part's footprint; `renkei import` reads it back",
                    "部品のCFPを記入するExcel様式を作る。`renkei import` で取り込む",
                ),
                run=footprint,
                arguments=(
                    Argument(
                        ("--out",),
                        Text("where to write it (default footprint.xlsx)", "出力先(既定 footprint.xlsx)"),
                        {"default": "footprint.xlsx", "metavar": "FILE"},
                    ),
                    Argument(
                        ("--request",),
                        Text("which request of ours it is to answer", "どの依頼への回答用か"),
                        {"default": "", "metavar": "REQUEST"},
                    ),
                ),
            ),
            Command(
                name="fill",
                summary=Text("fill it in: an ODRL offer", "記入してODRLオファーを作る"),
                run=fill,
                arguments=(
                    _TEMPLATE,
                    Argument(
                        ("--set",),
                        Text(
                            "a parameter, again for each; a list with spaces between its items",
                            "パラメーター(複数可)。リストは空白区切り",
                        ),
                        {"action": "append", "default": [], "type": assignment, "metavar": "NAME=VALUE"},
                    ),
                    Argument(
                        ("--profile",),
                        Text("what partners can read (default: plain-dsp)", "相手が読めるプロファイル(既定 plain-dsp)"),
                        {"default": "plain-dsp", "choices": _PROFILES},
                    ),
                    Argument(("--id",), Text("the offer's id", "オファーのID"), {"default": "", "metavar": "IRI"}),
                ),
                daemon=False,
            ),
        ),
    ),
)
