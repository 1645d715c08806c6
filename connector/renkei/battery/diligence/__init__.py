"""Due diligence: records for each mineral, and their roll-up in which the unknown stays unknown."""
