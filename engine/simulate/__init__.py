"""Nature runs: the small simulators whose fields stand for the truth, always labelled as simulated.

`ocean` holds the equations, `runs` writes a run to a file, `statistics` measures what was written.
"""
