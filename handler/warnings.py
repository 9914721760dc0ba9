"""The warning codes of a reply. Clients switch on them, so a code keeps its name and its meaning."""

from __future__ import annotations

from collections.abc import Mapping

WARNINGS: Mapping[str, str] = {
    "audio_track_chosen": "The text is said in another audio track than the default; send `audio_track` to choose one.",
    "captions_cut": "The video ends before the last captions; send a longer video.",
    "chunk_cut": "The engine did not reach the end of a chunk; send another `seed`, or shorter sentences.",
    "chunk_not_kept": "A chunk could not be stored as a file; wait for the whole audio at `audio_url`.",
    "clip_clipped": "The loudest parts of the clip are clipped; record at a lower level.",
    "clip_cut": "The voice uses only a part of the clip; check `duration` and `text` of the reply.",
    "clip_noisy": "The clip has noise, which the voice will have too; record in a quieter room, or remove the noise.",
    "clip_not_compared": "No aligner knows the language; check yourself that the transcript belongs to the clip.",
    "clip_offset": "The clip had a DC offset, which the worker removed; check the recording equipment.",
    "clip_pauses": "The clip is mostly silence, and the voice may speak slowly; send a clip with fewer pauses.",
    "clip_quiet": "The clip is quiet, and amplifying it amplifies its noise; record at a higher level.",
    "clip_short": "The clip has little speech; send 3 to 12 seconds of it.",
    "confidence_low": "The alignment has a low confidence; check text, language and captions.",
    "cover_ignored": "The cover in the book's file cannot be read; send a picture as `cover_url`.",
    "cue_too_long": "The speech of a caption is longer than its time; shorten its text, or give it more time.",
    "engine_swapped": "Another engine was dropped from memory to load this one; give the worker more memory.",
    "file_not_kept": "A caption file or a font could not be stored; send the job again if you need it.",
    "font_replaced": "The font was not found and Inter is used; put its file under `fonts/` in the bucket.",
    "glyph_missing": "The font lacks some characters; put a font that has them into the bucket and send its family.",
    "language_assumed": "The text is too short or too mixed to tell its language; send `language`.",
    "language_doubtful": "The text is plainly in another language or script than `language`; check `language`.",
    "lexicon_ignored": "The lexicon `default` cannot be read and is not used; correct its file in the bucket.",
    "loudness_not_reached": "The audio is not as loud as asked; the message says why, and by how much.",
    "mark_not_made": "A mark of AI could not be made; take another `audio_format`, or a longer text.",
    "mark_not_searched": "A mark cannot be looked for; the message says why.",
    "option_ignored": "An option has no effect; leave it out.",
    "phonemes_ignored": "Words with IPA are spoken as they are written; write how they are said in letters.",
    "record_not_written": "This job has no record, so `download` and `status` do not find it; save its files now.",
    "results_local": "The URLs are files on the worker, which clients cannot open; set `S3_BUCKET`.",
    "sounds_ignored": "The engine makes no such sounds as `[laugh]`, and leaves them out; the message names them.",
    "speech_cut": "The video ends before the speech; send a longer video, or `audio: replace`.",
    "ssml_ignored": "Parts of the SSML have no effect; the message names them. Their text is spoken as usual.",
    "store_waited": "The bucket was in trouble, and the worker tried again until it was not; see to its service.",
    "takes_not_ranked": "No aligner could rank the takes of some chunks, and the first are used; check `ALIGNERS`.",
    "text_and_audio_differ": "The text has words that the audio lacks, or the reverse; correct the text.",
    "timing_method_passed_over": "An alignment method, or one of the two of `best`, failed and another was used;"
    " the message says why.",
    "timings_estimated": "No aligner found the words, and captions have the less exact times of the transcriber;"
    " check `ALIGNERS`.",
    "timings_failed": "The captions failed, the audio or its text is complete; try again with `align`.",
    "transcript_missing": "The voice has no transcript, which some engines need; upload it again with `ref_text`.",
    "unknown_characters": "The model does not know some characters and skips them; spell them in another way.",
    "upload_not_removed": "The voice is complete, but its uploaded file is still in the bucket; no action is needed.",
    "urls_end_early": "The bucket's keys are temporary, and URLs end when they do; set keys that stay, without"
    " `AWS_SESSION_TOKEN`.",
    "video_cut": "The video was cut at the end of the speech; send `audio: duck` or `keep` for the whole video.",
    "video_silent": "The video has no sound to keep or to lower; no action is needed.",
    "whisper_on_cpu": "Whisper could not use the GPU and ran on the CPU, which takes longer; check the worker's log.",
    "words_guessed": "The sound does not say the words of some captions, which share their time by length.",
}
"""Code to meaning: what happened, and what the client can do. To add one: a row here, then `make docs`."""
