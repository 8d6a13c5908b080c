"""One task at every point of a grid: on any executor, with the same numbers, resumable."""
