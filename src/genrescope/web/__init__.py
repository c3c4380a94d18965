"""The page: a static site that predicts in the browser; the server sends the same files."""
