"""Whisper (OpenAI's model, on CTranslate2), for transcripts and for the times of words: its files, and its process."""
