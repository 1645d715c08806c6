"""An empty data space for the tests of the catalog."""

from renkei.testing.plugin import dataspace

__all__ = ["dataspace"]
