"""Published weights carried into our modules."""
