"""How often `assert_agrees` is right, and other rules with fixed tolerances."""
