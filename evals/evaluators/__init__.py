"""One module an area; each measures and decides nothing."""
