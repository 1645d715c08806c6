"""Contract negotiation: offers on the table, until an agreement stands or nothing does."""
