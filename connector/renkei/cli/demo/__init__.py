"""The demo: a supply chain on this machine, one daemon a company, and results that must agree."""
