"""The kill as a pure state machine: events, state, the tables of its rules, and the step from one state to the next."""
