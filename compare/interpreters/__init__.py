"""Other interpreters: what is installed in one, and environments made for a version.

Public names: `interpreter.read_interpreter`, `environments.make_environment`,
`environments.list_environments`.
"""
