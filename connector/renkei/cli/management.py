"""The line from the CLI to a daemon's management API: plain blocking HTTP, no proxy, no redirect.

Which daemon: ``--url``, else ``--config``, else ``RENKEI_URL``, else ``./renkei.toml``. Which token: ``--token-file``,
else the configuration's, else ``RENKEI_TOKEN_FILE`` (before the configuration's where the address came from elsewhere).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlencode, urlsplit

from renkei.cli.problems import BAD_URL, NO_TOKEN, UNREACHABLE
from renkei.cli.words import Language
from renkei.kernel import strict_json
from renkei.kernel.problems import Fault, Problem, RenkeiError

if TYPE_CHECKING:
    from http.client import HTTPConnection

CONFIG: Final = "renkei.toml"
_ANSWER: Final = strict_json.Limits(size=256 * 1024 * 1024, nodes=10_000_000)
_SHORT: Final = 90.0


def find_daemon(
    *, url: str | None, token_file: str | None, config: str | None, environment: Mapping[str, str]
) -> tuple[str, str]:
    """Address and token. Raises ConfigurationError ``cli-…`` or ``config-…``, LocalError ``cli-daemon-unreachable``."""
    from renkei.daemon.config import TOKEN_FILE, management_url, read_config

    address = url or (None if config else environment.get("RENKEI_URL"))
    place = token_file or (environment.get("RENKEI_TOKEN_FILE") if address else None)
    if not address or not place:
        path = Path(config or CONFIG)
        if address and not config and not path.exists():
            raise NO_TOKEN(cause=f"it is not told where it is, and there is no {CONFIG} here that could tell")
        settings = read_config(path, environment)
        address = address or management_url(settings)
        place = place or str(Path(settings.connector.folder) / TOKEN_FILE)
        if address is None:
            raise UNREACHABLE(url=path, cause="it is not running, and its management port is not fixed")
    try:
        token = Path(place).read_text("ascii").strip()
    except OSError as error:
        raise NO_TOKEN(cause=f"{place}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise NO_TOKEN(cause=f"{place} is not ASCII") from error
    return address, token


@dataclass(frozen=True, slots=True)
class Management:
    """One daemon's management API."""

    url: str
    token: str
    language: Language = "en"

    def get(self, *segments: str, **query: object) -> dict[str, object]:
        """Read something: ``get("requests", id, wait=10)``."""
        asked = {name: str(value) for name, value in query.items() if value is not None}
        return self._call("GET", segments, query=urlencode(asked))

    def text(self, *segments: str, **query: object) -> str:
        """Read a document that is no JSON."""
        path, headers = self._request(segments, urlencode({name: str(value) for name, value in query.items()}))
        status, raw = self._exchange("GET", path, headers, None, _SHORT)
        if status >= 400:
            raise told(self._json(status, raw), self.url)
        return raw.decode("utf-8", "replace")

    def post(
        self, *segments: str, body: Mapping[str, object] | None = None, timeout: float = _SHORT
    ) -> dict[str, object]:
        """Do something."""
        return self._call("POST", segments, body=body or {}, timeout=timeout)

    def put(self, *segments: str, body: Mapping[str, object]) -> dict[str, object]:
        """Store something."""
        return self._call("PUT", segments, body=body)

    def delete(self, *segments: str, **query: object) -> dict[str, object]:
        """Remove something."""
        asked = {name: str(value) for name, value in query.items() if value is not None}
        return self._call("DELETE", segments, query=urlencode(asked))

    def _call(
        self,
        method: str,
        segments: tuple[str, ...],
        *,
        query: str = "",
        body: Mapping[str, object] | None = None,
        timeout: float = _SHORT,
    ) -> dict[str, object]:
        """Raises what the daemon answers as an error, or LocalError ``cli-daemon-unreachable``."""
        path, headers = self._request(segments, query)
        content = None
        if body is not None:
            content = json.dumps(body, ensure_ascii=False, default=str).encode()
            headers["Content-Type"] = "application/json"
        status, raw = self._exchange(method, path, headers, content, timeout)
        answer = self._json(status, raw)
        if status >= 400:
            raise told(answer, self.url)
        return answer

    def _request(self, segments: tuple[str, ...], query: str) -> tuple[str, dict[str, str]]:
        path = "/v1/" + "/".join(quote(segment, safe="") for segment in segments) + (f"?{query}" if query else "")
        return path, {"Authorization": f"Bearer {self.token}", "Accept-Language": self.language}

    def _json(self, status: int, raw: bytes) -> dict[str, object]:
        try:
            return strict_json.loads_object(raw, _ANSWER)
        except RenkeiError as error:
            raise UNREACHABLE(url=self.url, cause=f"it answered {status} and no JSON") from error

    def _exchange(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None, timeout: float
    ) -> tuple[int, bytes]:
        from http.client import HTTPException

        connection = _connection(self.url, timeout)
        try:
            connection.request(method, path, body, dict(headers))
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (OSError, HTTPException) as error:
            raise UNREACHABLE(url=self.url, cause=_cause(error)) from error
        except ValueError as error:
            # A token with a line break in it makes no header.
            raise NO_TOKEN(cause=error) from error
        finally:
            connection.close()


def _connection(url: str, timeout: float) -> HTTPConnection:
    # Offline commands load no network code.
    from http.client import HTTPConnection, HTTPSConnection

    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise BAD_URL(url=url) from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/") or parts.username:
        raise BAD_URL(url=url)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    return kind(parts.hostname, port, timeout=timeout)


def _cause(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__


def told(answer: Mapping[str, object], url: str) -> RenkeiError:
    """The daemon's error as one of ours: it came in the wanted language already."""
    code, fault, message, hint = (answer.get(name) for name in ("code", "fault", "message", "hint"))
    faults = {known.value: known for known in Fault}
    if not isinstance(code, str) or fault not in faults:
        return UNREACHABLE(url=url, cause="it is no management API of Renkei")
    if code == "http-not-found":
        # Every path that we ask for exists on a management listener: this is a partner's.
        return UNREACHABLE(url=url, cause="it is not the management API of a connector")
    said, next_step = _literal(message), _literal(hint)
    return Problem(
        code=code,
        fault=faults[fault],
        en=said,
        ja=said,
        hint_en=next_step,
        hint_ja=next_step,
    )()


def _literal(text: object) -> str:
    """A finished text as a template without blanks."""
    return str(text).replace("{", "{{").replace("}", "}}")
