"""Risk: how likely a change is to need a later fix within a year, with its reasons; pure functions over values."""
