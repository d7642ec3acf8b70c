"""Pages of promotions: the list, the gallery of presets, the editor with "Try it", versions."""
