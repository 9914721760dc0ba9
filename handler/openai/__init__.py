"""OpenAI's shapes without HTTP: their requests as our fields, our replies as their answers."""
