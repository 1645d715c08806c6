"""Commands for other systems' footprint documents: ``formats list``, ``check``, ``convert``; no daemon is needed."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from renkei.cli.commands import Argument, Command
from renkei.cli.exits import Exit
from renkei.cli.output import Output, pairs, table
from renkei.cli.problems import NO_JSON
from renkei.cli.records import bare
from renkei.cli.values import assignment, read_object, read_text, write_file
from renkei.cli.words import Text
from renkei.kernel.problems import RenkeiError

if TYPE_CHECKING:
    from renkei.formats.dialects.checking import Finding
    from renkei.formats.dialects.details import ProductDetails
    from renkei.formats.dialects.loss import LossReport
    from renkei.formats.dialects.table import Formats

_OURS: Final = "renkei"
_LIKE: Final = "docs/how-to/speak-other-formats.md"


def list_formats(arguments: argparse.Namespace, output: Output) -> Exit:  # noqa: ARG001 - the shape of a command
    """List the formats that can be written, read and checked."""
    language = output.language
    tables = _formats().tables.values()
    shown = [
        {
            "id": each.id,
            "title": each.title[language],
            "source": each.source,
            "units": each.units,
            "notes": each.notes[language],
        }
        for each in tables
    ]
    rows = [(each.id, each.title[language]) for each in tables]
    output.result({"items": shown}, table(("FORMAT", "TITLE"), rows))
    return Exit.OK


def check(arguments: argparse.Namespace, output: Output) -> Exit:
    """Judge a document by its format, and by an official schema of the user's."""
    from renkei.formats.dialects.checking import Severity, recognise
    from renkei.formats.dialects.checking import check as judge

    document = _read_json(arguments.file)
    formats = _formats()
    findings: Sequence[Finding] = ()
    shown: dict[str, object] = {"format": None, "findings": []}
    if arguments.format or not arguments.schema:
        chosen = formats.table(arguments.format) if arguments.format else recognise(formats, document)
        findings = judge(chosen, document)
        shown |= {"format": chosen.id, "findings": [each.to_json() for each in findings]}
    lines = [f"{each.severity.value}  {each.path}  {each.found}  → {each.expected}" for each in findings]
    failed = any(each.severity is Severity.ERROR for each in findings)
    if arguments.schema:
        from renkei.wire.schema_walk import walk

        by_schema = walk(_read_json(arguments.schema), document)
        shown["schema"] = [{"path": each.path, "keyword": each.keyword, "text": each.text} for each in by_schema]
        lines += [f"schema  {each.path}  {each.text}" for each in by_schema]
        failed = failed or bool(by_schema)
    valid = Text("not valid", "不適合") if failed else Text("valid", "適合")
    output.result({"valid": not failed, **shown}, [*lines, f"{shown['format'] or 'schema'}: {valid(output.language)}"])
    return Exit.DIFFERS if failed else Exit.OK


def convert(arguments: argparse.Namespace, output: Output) -> Exit:
    """Say a document of one format in another, with a report of what is lost."""
    from renkei.battery.footprint.record import FootprintRecord
    from renkei.formats.dialects.checking import recognise
    from renkei.formats.dialects.fitting import Leeway
    from renkei.formats.dialects.taking import take_record
    from renkei.formats.dialects.writing import write_record

    formats, document = _formats(), _read_json(arguments.file)
    leeway = Leeway(rescale=arguments.rescale, rounding=arguments.round)
    reports: list[LossReport] = []
    details = _details(arguments.details)
    if arguments.source == _OURS or (not arguments.source and _is_ours(document)):
        record, details = FootprintRecord.from_json(bare(document)), _merged(_beside(document), details)
    else:
        source = formats.table(arguments.source) if arguments.source else recognise(formats, document)
        taken = take_record(source, document, _given(arguments.set, source.id), leeway)
        record, details = taken.record, _merged(taken.details, details)
        reports.append(taken.report)
    result: object = {"record": record.to_json(), "details": details.to_json()}
    if arguments.target != _OURS:
        written = write_record(formats.table(arguments.target), record, details, leeway)
        reports.append(written.report)
        result = written.document
    text = plain(result)
    if arguments.output:
        write_file(arguments.output, text.encode())
    for line in _told(reports, output):
        output.progress(Text(line, line))
    shown = {"reports": [each.to_json(output.language) for each in reports]}
    if arguments.output:
        output.result({"file": arguments.output, **shown}, pairs({"file": arguments.output}))
    else:
        output.result({"text": text, **shown}, text.splitlines())
    return Exit.OK


def plain(document: object) -> str:
    """A document as text: figures as the JSON numbers that the dialect wants, with all their digits."""
    import msgspec

    written = msgspec.json.Encoder(decimal_format="number").encode(document)
    return msgspec.json.format(written, indent=2).decode() + "\n"


def _told(reports: Sequence[LossReport], output: Output) -> Iterator[str]:
    for report in reports:
        yield from (f"{report.format}: {loss.text(output.language)}" for loss in report.losses)


def _formats() -> Formats:
    from renkei.formats.dialects.table import read_tables
    from renkei.resources import Kind, resource_json, resource_names

    return read_tables({name: resource_json(Kind.VOCAB, name) for name in resource_names(Kind.VOCAB, "formats/")})


def _read_json(path: str) -> object:
    """Any JSON document. Raises ConfigurationError ``cli-file-…``."""
    from renkei.kernel import strict_json

    try:
        return strict_json.loads(read_text(path).encode(), strict_json.DOCUMENT)
    except RenkeiError as error:
        if not error.code.startswith("json-"):
            raise
        raise NO_JSON(path=path, cause=error.message(), like=_LIKE) from error


def _is_ours(document: object) -> bool:
    """Whether it is a record of ours, or one that was exported or converted."""
    if not isinstance(document, dict):
        return False
    inner = bare(document)
    return "record" in document or (isinstance(inner, dict) and inner.get("@type") == "FootprintRecord")


def _beside(document: object) -> ProductDetails:
    """The details that ``convert`` has written beside a record."""
    from renkei.formats.dialects.details import ProductDetails

    found = document.get("details") if isinstance(document, dict) and "record" in document else None
    return ProductDetails() if found is None else ProductDetails.from_json(found)


def _details(path: str | None) -> ProductDetails:
    from renkei.formats.dialects.details import ProductDetails

    return ProductDetails.from_json(read_object(path, like=_LIKE)) if path else ProductDetails()


def _merged(found: ProductDetails, given: ProductDetails) -> ProductDetails:
    """What is given stands before what the document says."""
    from renkei.formats.dialects.details import ProductDetails

    return ProductDetails({**found.values, **given.values})


def _given(assignments: Sequence[tuple[str, str]], format_id: str) -> Mapping[str, object]:
    """What the document lacks; without an id of its own a record gets a new one."""
    given: dict[str, object] = dict(assignments)
    if format_id in _WITHOUT_ID:
        given.setdefault("id", f"urn:uuid:{uuid4()}")
    return given


_WITHOUT_ID: Final = frozenset({"catena-x-battery-supplier-1", "idta-02035-3"})
_FILE: Final = Argument(("file",), Text("the document, JSON", "文書(JSON)"), {"metavar": "FILE"})

COMMANDS: Final = (
    Command(
        name="formats",
        summary=Text("footprints in the forms of other systems", "他システム形式のフットプリント"),
        parts=(
            Command(
                name="list",
                summary=Text("list the formats", "形式を一覧する"),
                run=list_formats,
                daemon=False,
            ),
            Command(
                name="check",
                summary=Text("judge a document: what is wrong, and where", "文書を検査し、問題箇所を示す"),
                run=check,
                arguments=(
                    _FILE,
                    Argument(
                        ("--format",),
                        Text("its format (default: recognised)", "形式(既定は自動判別)"),
                        {"metavar": "FORMAT"},
                    ),
                    Argument(
                        ("--schema",),
                        Text(
                            "an official JSON Schema of yours; alone, it is the only judge",
                            "手元の公式JSON Schema。単独で指定した場合はこれだけで判定する",
                        ),
                        {"metavar": "FILE"},
                    ),
                ),
                daemon=False,
            ),
            Command(
                name="convert",
                summary=Text("say a document in another format, with all losses", "別の形式に変換し、損失を報告する"),
                run=convert,
                arguments=(
                    _FILE,
                    Argument(
                        ("--from",),
                        Text("its format, or renkei (default: recognised)", "元の形式または renkei(既定は自動判別)"),
                        {"dest": "source", "metavar": "FORMAT"},
                    ),
                    Argument(
                        ("--to",),
                        Text("the format wanted, or renkei", "変換先の形式または renkei"),
                        {"dest": "target", "required": True, "metavar": "FORMAT"},
                    ),
                    Argument(
                        ("--details",),
                        Text("product details that formats demand, JSON", "形式が求める製品詳細(JSON)"),
                        {"metavar": "FILE"},
                    ),
                    Argument(
                        ("--set",),
                        Text(
                            "what the document lacks, again for each: part, company, period.start, period.end …",
                            "文書にない値(複数可): part, company, period.start, period.end など",
                        ),
                        {"action": "append", "default": [], "type": assignment, "metavar": "NAME=VALUE"},
                    ),
                    Argument(
                        ("--rescale",),
                        Text("may count in another unit, exactly", "別の単位への正確な換算を許可する"),
                        {"action": "store_true"},
                    ),
                    Argument(
                        ("--round",),
                        Text("may round as the format's rules say", "形式の規定による丸めを許可する"),
                        {"action": "store_true"},
                    ),
                    Argument(
                        ("--output",),
                        Text("write the document there", "文書の出力先"),
                        {"metavar": "FILE"},
                    ),
                ),
                daemon=False,
            ),
        ),
    ),
)
