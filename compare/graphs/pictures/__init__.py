"""Pictures of graphs: one, or two side by side, as SVG, lists and tables."""
