"""One file per page of results: `PAGE` is its text and its tables, declared as data."""
