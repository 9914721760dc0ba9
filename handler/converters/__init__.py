"""Voice converters by name. To add one: a class that implements `protocols.VoiceConverter`, and a row here.

A converter has the name of the engine whose packages it needs: ENGINES has them installed.
"""

from handler.engines import chatterbox

CONVERTERS = {
    "chatterbox": chatterbox.CONVERTER,
}
