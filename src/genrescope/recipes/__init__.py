"""Experiments: one TOML file each that says only what differs, and the way from a data set to a result."""
