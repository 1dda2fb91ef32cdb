"""Where the fitted numbers in the product come from; run by hand, on the first halves."""
