"""Pages of a catalog from datasets that were rendered and checked before: bytes are joined, nothing is encoded again.

A dataset changes when it is published and is shown many times. ``render_dataset`` makes its JSON once, with every check
that ``codec.encode`` makes; ``catalog_page`` and ``dataset_message`` put such texts into their messages. Both give what
``encode`` would give for the same values, up to the order of members.

Errors: LocalError ``wire-unsendable``, ``policy-unwritable``, as from ``encode``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from renkei.protocol.catalog import Catalog, Dataset
from renkei.protocol.messages import CatalogMessage, DatasetMessage
from renkei.wire.codec import encode
from renkei.wire.table import CONTEXT

# The codec writes the context first in every message.
_HEAD: Final = f'{{"@context":["{CONTEXT}"],'.encode()


def render_dataset(dataset: Dataset) -> str:
    """A dataset as it stands in a catalog, as JSON."""
    return "{" + encode(DatasetMessage(dataset=dataset)).removeprefix(_HEAD).decode()


def dataset_message(rendered: str) -> bytes:
    """The message that carries one rendered dataset."""
    return _HEAD + rendered[1:].encode()


def catalog_page(catalog: Catalog, rendered: Sequence[str]) -> bytes:
    """The message of a catalog with these datasets; ``catalog`` itself holds none. No datasets: no such member."""
    page = encode(CatalogMessage(catalog=catalog))
    if not rendered:
        return page
    return b"".join((page[:-1], b',"dataset":[', ",".join(rendered).encode(), b"]}"))
