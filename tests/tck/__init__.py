"""The official conformance kits, run against our connector: ``make tck``."""
