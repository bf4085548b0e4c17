"""How AWS is spoken: calls, CBOR, the server, validation against botocore, pages, ids."""
