"""Identity and signatures: keys, DID documents, JWS, self-issued tokens, signed documents and their offline check.

Pure: bytes and instants are arguments, signatures come from an awaited ``Signer``, no socket or file
is opened here.
"""
