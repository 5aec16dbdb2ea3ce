"""The demonstration clinic: built through the same actions as a real one, the same every time for one seed."""
