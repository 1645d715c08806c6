"""The files that ship with Renkei: ``vocab`` (contexts, schemas), ``policies`` (templates) and the demo's ``chain``.

Pure packages read no files: whoever needs one reads it here and hands its content on. Two places are known:
``renkei/_data/<kind>`` of an installed wheel and the folders of an editable checkout. A name is a relative path with
``/``, such as ``dsp/2025-1/context.jsonld``; hidden files have no name. Nothing is read before it is asked for.

Raises ConfigurationError ``resources-missing-folder``, LocalError ``resources-unknown`` or ``resources-not-text``.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path

from renkei.kernel import strict_json
from renkei.kernel.problems import Fault, Problem

MISSING_FOLDER = Problem(
    code="resources-missing-folder",
    fault=Fault.CONFIGURATION,
    status=500,
    en="This installation of Renkei lacks its folder {kind}.",
    ja="このRenkeiのインストールにはフォルダー{kind}がありません。",
    hint_en="Install the package again, from a wheel or from a complete checkout.",
    hint_ja="wheelまたは完全なチェックアウトから、パッケージを再インストールしてください。",
)
UNKNOWN = Problem(
    code="resources-unknown",
    fault=Fault.LOCAL,
    status=500,
    en="Renkei ships no {kind} file named {name}.",
    ja="Renkeiには{kind}のファイル{name}は含まれていません。",
    hint_en="Take one of the names that resource_names lists.",
    hint_ja="resource_namesが返す名前から選んでください。",
)
NOT_TEXT = Problem(
    code="resources-not-text",
    fault=Fault.LOCAL,
    status=500,
    en="The {kind} file {name} is not text in UTF-8.",
    ja="{kind}のファイル{name}はUTF-8のテキストではありません。",
    hint_en="Read it as bytes, or restore the file from the release.",
    hint_ja="バイト列として読むか、リリースのファイルに戻してください。",
)

_PACKAGE = Path(__file__).resolve().parent


class Kind(StrEnum):
    """The three folders; the value is the folder's name in a wheel."""

    VOCAB = "vocab"
    POLICIES = "policies"
    CHAIN = "chain"


_CHECKOUT = {Kind.VOCAB: "vocab", Kind.POLICIES: "policies", Kind.CHAIN: "examples/chain"}


def resource_folder(kind: Kind) -> Path:
    """The folder itself, for those who take a folder (``renkei demo --chain``)."""
    for folder in (_PACKAGE / "_data" / kind.value, _PACKAGE.parents[1] / _CHECKOUT[kind]):
        if folder.is_dir():
            return folder
    raise MISSING_FOLDER(kind=kind.value)


def resource_names(kind: Kind, under: str = "") -> Sequence[str]:
    """The names of all its files, or of those that begin so (``formats/``), sorted."""
    folder = resource_folder(kind)
    found = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    shown = (path.as_posix() for path in found if not any(part.startswith(".") for part in path.parts))
    return sorted(name for name in shown if name.startswith(under))


def resource_bytes(kind: Kind, name: str) -> bytes:
    """One file as it is."""
    # Only what is listed can be read: a name is never a way out of the folder, wherever it came from.
    if name not in resource_names(kind):
        raise UNKNOWN(kind=kind.value, name=name)
    return resource_folder(kind).joinpath(name).read_bytes()


def resource_text(kind: Kind, name: str) -> str:
    """One file as text."""
    try:
        return resource_bytes(kind, name).decode("utf-8")
    except UnicodeDecodeError:
        raise NOT_TEXT(kind=kind.value, name=name) from None


def resource_json(kind: Kind, name: str) -> object:
    """One file as decoded JSON."""
    return strict_json.loads(resource_bytes(kind, name))
