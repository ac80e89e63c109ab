"""Files of others as records and bars: a module a source."""
