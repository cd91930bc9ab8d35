"""Reading a project: its configuration, its modules, its graph of nodes, its toggles and its selections."""
