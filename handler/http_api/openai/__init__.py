"""OpenAI's dialect: ``/v1/audio/…`` and ``/v1/models``, for its own clients and those that speak like them."""
