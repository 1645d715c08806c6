"""The connector as a program of its own: settings from a file, signals, a log, one line when it is ready."""
