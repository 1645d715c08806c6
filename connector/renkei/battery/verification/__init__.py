"""What third parties have verified: statements on a record, a company, a procedure or an engine, and how they stand."""
