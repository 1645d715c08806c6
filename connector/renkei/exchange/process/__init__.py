"""What every process with a partner has in common: who decides, messages taken and sent, what use is permitted."""
