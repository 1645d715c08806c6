"""Who the others are: where they are reached, who is calling, what is known of them, whom we admit."""
