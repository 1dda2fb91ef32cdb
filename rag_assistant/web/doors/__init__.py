"""Who may come in, how much, and what browsers may do."""
