"""The parts of `benchmarks/truth.py`: speech with known word times, what is done to it, and how aligners are judged."""
