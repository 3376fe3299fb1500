"""The dynamics that methods assume: flat functions that read like the papers."""
