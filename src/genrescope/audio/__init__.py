"""From a file to sound: the only decoder (`decode`), and windows of any length in flat memory (`stream`)."""
