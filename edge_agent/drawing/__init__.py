"""Pictures of turns and conversations as SVG. Pure."""
