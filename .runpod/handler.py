"""RunPod's Hub asks a repository for a file of this name. What it has to start is the image's own program, and this
does the same: the environment first, then ``python -m handler``, with the arguments given."""

import os
import sys
from pathlib import Path

SETUP = Path(__file__).resolve().parent.parent / "setup_network_venv.py"

if __name__ == "__main__":
    os.execv(sys.executable, [sys.executable, str(SETUP), "--", *sys.argv[1:]])
