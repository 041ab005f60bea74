"""Faithful fakes of the three vendors, for the demo and the tests: real HTTP on loopback, the same data at every start."""
