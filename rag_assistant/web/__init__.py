"""The desk, the API and the reading pages."""
