"""A small lock of tiny wheels, and a volume to install it on."""
