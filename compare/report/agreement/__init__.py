"""The parts of a report about agreement with the reference.

May import: `compare.results` and the layers below it, and other packages of
`compare.report`. Only `trajectory_chart` imports Altair.

Public names:
    `sentences.summarize_agreement`: the answer to "Do they agree?".
    `sections.difference_section`, `sections.agreement_sections`: the sections.
    `walk.difference_passages`: one passage per first difference.
    `trajectory.trajectories`: the errors along the trajectories of a group.
    `repetition.repeats_within_rounding`: whether a repeated step differs by more than
        rounding.
"""
