"""Programs that run exported models."""
