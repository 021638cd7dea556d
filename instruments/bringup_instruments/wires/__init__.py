"""What happens to bytes between an instrument and its client."""
