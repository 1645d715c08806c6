"""What was agreed, and what it obliges to (義務): begun, performed, missed, made good."""
