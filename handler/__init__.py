"""The worker's package. Importing it keeps libraries from reporting the use of them to their makers."""

import os

# onnxruntime, which piper and faster-whisper use, sends an event for each start, with an id that it leaves in HOME.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
