"""Asking a policy: what it means, compiled into steps; what a decision is; how duties live."""
