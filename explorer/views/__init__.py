"""Views: each draws one thing from the session and updates its data in place. They do not import each other."""
