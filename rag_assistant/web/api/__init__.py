"""The HTTP API: requests and what they are told."""
