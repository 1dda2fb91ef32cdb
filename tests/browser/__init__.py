"""Tests in a real Chromium, which all of them share: see `conftest.py`."""
