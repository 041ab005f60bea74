"""The verbs of the command line, a file each: imported when the verb runs."""
