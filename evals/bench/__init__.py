"""Benchmarks: how fast, how large, how safe; see docs/benchmarks.md."""
