"""Nature runs: the small simulators whose fields stand for the truth, always labelled as simulated.

`ocean` and `ice` hold the equations, `ocean_runs` and `ice_runs` make a run, resumable (`parts`), `store` writes its
file, `statistics` measures what was written.
"""
