"""One function per verb of the command line: it returns what happened and prints nothing."""
