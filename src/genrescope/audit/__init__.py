"""Checking a data set by hearing all of it: faults found, written down, and passed over from then on."""
