"""Learning: what fits a model's weights."""
