"""Option pricing: contracts, encodings, prices, and the best classical methods beside them."""
