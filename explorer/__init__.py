"""The page. Inert on purpose: `panel serve explorer` runs main.py, which imports from here by absolute names."""
