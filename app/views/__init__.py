"""Pages: one module per topic, each with a ``blueprint``; a view asks one question and prints it."""
