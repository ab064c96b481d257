"""`make demo`: a story played on this machine, and what people saw of it as a page."""
