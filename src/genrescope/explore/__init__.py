"""Plots of songs and data sets, and the page that holds them."""
