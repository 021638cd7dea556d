"""What the person sees at once: one screen per file."""
