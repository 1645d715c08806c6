"""What makes steps happen: load, decide and commit once, the outbox, turns, waiting, bounds, reading."""
