"""Data sets: facts first, then tracks with their labels. A data set never decodes."""
