"""The service: an API that hears uploads in processes of their own, and the page that stands on it."""
