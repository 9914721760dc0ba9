"""F5-TTS: upstream's model classes and weights under our own loading and sampling. The only home of torch."""
