"""Many scenes scored: which rows there are to be (`evaluate`), how one is made (`scoring`), and where they are kept."""
