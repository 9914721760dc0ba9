from handler.captions.arabic import shaped


def test_letters_take_their_contextual_forms() -> None:
    """Each letter takes the form by which it joins its neighbours; other text stays as it is."""
    assert shaped("بكم") == "\ufe91\ufedc\ufee2"
    assert shaped("باب") == "\ufe91\ufe8e\ufe8f"
    assert shaped("hello 12") == "hello 12"
