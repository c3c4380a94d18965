"""``python -m genrescope.cli`` is the command ``genrescope``."""

from genrescope.cli import main

if __name__ == "__main__":  # worker processes import this module again
    main()
