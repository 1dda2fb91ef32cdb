"""Formulas, each with its source; nothing here knows the product or a set."""
