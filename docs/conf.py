"""Settings of the documentation."""

from importlib.metadata import version as installed_version

project = "genrescope"
author = "the genrescope authors"
copyright = "2026, the genrescope authors"
release = version = installed_version("genrescope")

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]
html_theme = "alabaster"
html_theme_options = {"description": "Hear the genres of any song, and how they move through it."}

autodoc_typehints = "signature"
autodoc_member_order = "bysource"
napoleon_google_docstring = False
napoleon_use_rtype = False
