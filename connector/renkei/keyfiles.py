"""A participant's secrets as files: one key for each purpose and the management token, readable by their owner alone.

Made once, never overwritten. Who keeps keys in a KMS brings an own ``Signer`` and needs none of this.

Raises ConfigurationError ``keys-unreadable`` and ``keys-lost``.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from renkei.kernel.problems import Fault, Problem, RenkeiError
from renkei.trust.keys import KeyPurpose, PrivateKey, generate

UNREADABLE = Problem(
    code="keys-unreadable",
    fault=Fault.CONFIGURATION,
    en="The secret {path} cannot be used: {cause}.",
    ja="秘密ファイル{path}を使用できません: {cause}。",
    hint_en="Check that it exists and is yours alone (mode 0600); `renkei init` makes a new set in a new folder.",
    hint_ja="ファイルの存在と権限(0600)を確認してください。`renkei init` は新しいフォルダーに一式を作成します。",
)
LOST = Problem(
    code="keys-lost",
    fault=Fault.CONFIGURATION,
    en="{folder} holds a database but no keys/{missing}: with new keys, partners could not check what this connector "
    "has signed so far.",
    ja="{folder} にはデータベースがありますが keys/{missing} がありません。新しい鍵では、これまでの署名を取引先が検証"
    "できなくなります。",
    hint_en="Put keys/ back from the backup. If there is none, `renkei keys --config FILE` makes new ones.",
    hint_ja="バックアップから keys/ を戻してください。バックアップがない場合に限り、`renkei keys --config FILE` で"
    "新しい鍵を作成できます。",
)
DATABASE: Final = "renkei.db"
_FILES: Final = {KeyPurpose.TOKEN: "token.pem", KeyPurpose.ASSERTION: "assertion.pem"}


@dataclass(frozen=True, slots=True)
class Keys:
    """One private key for each purpose."""

    token: PrivateKey
    assertion: PrivateKey


def ensure_keys(folder: Path) -> Keys:
    """Read ``folder/keys/*.pem``; make what is missing, but not beside the database of a connector that had keys."""
    missing = missing_keys(folder)
    if missing and (folder / DATABASE).exists():
        raise LOST(folder=folder, missing=", keys/".join(missing))
    return make_keys(folder)


def missing_keys(folder: Path) -> list[str]:
    """The names of the key files that are not there."""
    return [name for name in _FILES.values() if not (folder / "keys" / name).exists()]


def make_keys(folder: Path) -> Keys:
    """Read ``folder/keys/*.pem``; make what is missing, whatever else lies in the folder."""
    return Keys(
        token=_ensure_key(folder / "keys" / _FILES[KeyPurpose.TOKEN]),
        assertion=_ensure_key(folder / "keys" / _FILES[KeyPurpose.ASSERTION]),
    )


def ensure_management_token(folder: Path) -> str:
    """Read ``folder/management.token``; make it if it is missing."""
    path = folder / "management.token"
    _create(path, secrets.token_urlsafe(32).encode() + b"\n")
    token = _read(path).decode("ascii", "replace").strip()
    if len(token) < 20:
        raise UNREADABLE(path=path.name, cause="it is no token")
    return token


def _ensure_key(path: Path) -> PrivateKey:
    if not path.exists():
        _create(path, generate().pem())
    content = _read(path)
    try:
        return PrivateKey.from_pem(content)
    except RenkeiError as error:
        raise UNREADABLE(path=path.name, cause=error.message()) from error


def _create(path: Path, content: bytes) -> None:
    """Whole or not at all, and never over a file that exists: two starts at once end with the same secret."""
    if path.exists():
        return
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    except OSError as error:
        raise UNREADABLE(path=path.name, cause=error.strerror or error) from error


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_mode & 0o077:
            raise UNREADABLE(path=path.name, cause="others may read it")
        return path.read_bytes()
    except OSError as error:
        raise UNREADABLE(path=path.name, cause=error.strerror or error) from error
