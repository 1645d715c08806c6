"""The management API: what the operator, the CLI and a company's own systems tell their connector, over loopback."""
