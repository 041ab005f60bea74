"""The Analytics fields: every series over events and logs, top lists and groups, for a client and for each of its apps."""
