"""The parts of `benchmarks/soak.py`: its jobs, the workers that do them, what goes wrong meanwhile, and the checks."""
