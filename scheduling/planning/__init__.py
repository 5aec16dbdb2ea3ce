"""From rows to the planner's questions: everything here reads, nothing writes, and the number of queries is fixed."""
