"""The command line: one module per command, and a few modules that they share.

May import: every other package. Only this package imports `compare.report` and ends the
process. Modules import nothing heavy at the top: ``--help`` and ``list`` must be fast.

Public names:
    `main.main`: the entry point of ``graph-compare`` and of ``python -m compare``.
    `main.cli`: the command group, with the commands in the order of a workflow.
    `exit.ExitCode`, `exit.CommandOutcome`, `exit.run_guarded`: exit codes, results for
        programs, and the handling of errors.
    `options`: options that several commands share.
    `json_file.with_json`, `json_command.JsonCommand`: the option ``--json``.
    `extras.require_extra`: check for an optional dependency.
    `console`: printing text literally, in any encoding, also to a closed pipe.
    `rendering`: write and print the report of a run.
"""
