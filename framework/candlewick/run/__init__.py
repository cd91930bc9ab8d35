"""Running a project: nodes for one symbol, data tests, and the whole over all symbols."""
