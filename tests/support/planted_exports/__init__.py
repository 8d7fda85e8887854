"""Defects that are planted into exported files, and models to export."""
