"""How to find: documents in, ranked hits out. Knows nothing of the catalog or the web."""
