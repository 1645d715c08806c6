"""Where a participant keeps what it knows: one asynchronous port, and one engine a file."""
