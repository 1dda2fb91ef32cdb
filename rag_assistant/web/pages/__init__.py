"""Plain HTML pages beside the desk."""
