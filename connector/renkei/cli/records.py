"""Footprint records in files: bare, as ``renkei export record`` or the daemon gives them, or as ``convert`` wrote."""

from __future__ import annotations

from typing import Final

from renkei.policy.model import SIGNATURE_MEMBERS

_AROUND: Final = ("record", "document")
_LEFT_OUT: Final = SIGNATURE_MEMBERS | {"proof", "signature"}


def bare(document: object) -> object:
    """The record itself, without a signature: who reads a file of the operator's own takes its word."""
    inner = document
    if isinstance(document, dict) and "@type" not in document:
        inner = next((document[name] for name in _AROUND if isinstance(document.get(name), dict)), document)
    if isinstance(inner, dict):
        return {name: value for name, value in inner.items() if name not in _LEFT_OUT}
    return inner
