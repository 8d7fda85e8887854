"""Fix the graph breaks of a user's model in copies, and measure what each fix gains.

- `places`: which breaks are tried, and in which mode.
- `copies`: copies of the model's file that find their neighbours.
- `trial`: whether a copy captures, runs and agrees with the original.
- `search`: tries the rules of one break until a copy works.
- `pricing`: the step times of copies and the original, in the same rounds.
- `stage`: all of it, as a stage of a run.
"""
