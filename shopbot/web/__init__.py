"""HTTP: the API, the page, and the checks at the door. Nothing here decides about shop matters."""
