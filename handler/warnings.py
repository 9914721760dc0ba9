"""The warning codes of a reply. Clients switch on them, so a code keeps its name and its meaning."""

from __future__ import annotations

from collections.abc import Mapping

WARNINGS: Mapping[str, str] = {
    "captions_cut": "The video ends before the speech: later captions are not shown; send a longer video.",
    "chunk_not_kept": "A chunk has no URL of its own; the whole audio has it, so wait for `audio_url`.",
    "clip_clipped": "The clip is distorted where it is loudest; record it a little softer.",
    "clip_cut": "Engines hear only a part of the clip; check `duration` and `text` of the voice.",
    "clip_noisy": "The voice will carry the clip's noise; record in a quieter room, or clean the clip first.",
    "clip_not_compared": "No aligner knows the language; check yourself that the clip says the transcript.",
    "clip_offset": "The clip's waveform was off centre and has been corrected; check the recording equipment.",
    "clip_pauses": "The clip is mostly silence and the voice may drag; send one with fewer pauses.",
    "clip_quiet": "The clip is quiet, and raising its level raises its noise; record it louder.",
    "clip_short": "The clip has little speech; 3 to 12 seconds give a truer voice.",
    "confidence_low": "The words fit the audio badly; check text and language, and look at the captions.",
    "file_not_kept": "A caption file or a font could not be stored, the rest is complete; send the job again for it.",
    "font_replaced": "The font family was not found and Inter is used; put its file under `fonts/` in the bucket.",
    "glyph_missing": "The font lacks the characters named; choose a font of the bucket that has them.",
    "language_doubtful": "The text is in another script than the language has; check `language`.",
    "option_ignored": "The engine ignores an option, or one option excludes another; leave the option out.",
    "record_not_written": "This job has no record for `download` and `status`; save the files at its URLs now.",
    "results_local": "The URLs are files on the worker, which nobody else can open; set `S3_BUCKET`.",
    "speech_cut": "The result ends before the speech does; send a longer video, or try `audio: replace`.",
    "takes_not_ranked": "No aligner could compare the takes of some chunks, the first was kept; check `ALIGNERS`.",
    "text_and_audio_differ": "Some words of the text are not in the audio, or the reverse; correct the text.",
    "timing_method_passed_over": "An aligner could not be used and the next was tried; the message says why.",
    "timings_failed": "The audio is complete but has no captions; send it to `align` to try again.",
    "unknown_characters": "The model has no symbols for the characters named and skips them; write them another way.",
    "upload_not_removed": "The voice is complete, but the uploaded file is still in the bucket; no action is needed.",
    "video_cut": "The video was cut where the speech ends; send `audio: duck` or `keep` for the whole video.",
    "video_silent": "The video has no sound to keep or to lower; no action is needed.",
}
"""Code to meaning: what happened, and what the client can do. To add one: a row here, then `make docs`."""
