"""What is offered: ours, under terms and access policies, to whom it may be shown; and what partners show us."""
