"""Compare the working tree with another commit of its repository.

- `checkout`: the commit to compare with, in a folder of its own.
- `sides`: base and head, and what their workers import.
- `requests`: the request of each side.
- `measuring`: both sides checked, then timed in the same rounds.
- `judging`: from step times to verdicts.
- `changes`: what else differs between the sides.
- `record`: the result, as JSON.
- `page`: the comment, the summary and the annotations.
"""
