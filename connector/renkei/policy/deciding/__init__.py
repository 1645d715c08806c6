"""Asking a policy: what it means, compiled into steps; a decision and its reasons in words; how duties live."""
