"""Keeping saved plans from others, and a bundle from being altered: with a key that both sides have.

Saved plans are encrypted with AES-256 in GCM, each bound to its name; the manifest gets an HMAC-SHA-256. Each use has
a key of its own, derived with HKDF.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets

from vend.errors import Diagnostic, RefusedError

_MAGIC = b"vend-sealed-1\n"
_NONCE_BYTES = 12
_KEY_BYTES = 32


class Key:
    """A key that both who plans and who applies have.

    Args:
        text: 32 random bytes in Base64, as `openssl rand -base64 32` makes them.

    Raises:
        RefusedError: `bundle-key`: it is none.
    """

    def __init__(self, text: str) -> None:
        written = text.strip().replace("-", "+").replace("_", "/")
        try:
            self._secret = base64.b64decode(written + "=" * (-len(written) % 4), validate=True)
        except (binascii.Error, ValueError):
            self._secret = b""
        if len(self._secret) != _KEY_BYTES:
            raise RefusedError(
                Diagnostic(
                    code="bundle-key",
                    summary="the key for plan bundles is not valid",
                    detail="A key is 32 random bytes, encoded in Base64.",
                    hint="make one with: openssl rand -base64 32",
                )
            )

    def __repr__(self) -> str:
        return "Key(…)"

    def encrypt(self, name: str, content: bytes) -> bytes:
        """The content for nobody without the key, and for no other name."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce = secrets.token_bytes(_NONCE_BYTES)
        return _MAGIC + nonce + AESGCM(self._derived(b"vend saved plan")).encrypt(nonce, content, name.encode())

    def decrypt(self, name: str, content: bytes) -> bytes:
        """What was encrypted under this name.

        Raises:
            RefusedError: `bundle-key-wrong`: with another key, under another name, or altered since.
        """
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce = content[len(_MAGIC) : len(_MAGIC) + _NONCE_BYTES]
        if not content.startswith(_MAGIC) or len(nonce) < _NONCE_BYTES:
            raise RefusedError(_wrong(f"{name} was not encrypted by vend"))
        cipher = AESGCM(self._derived(b"vend saved plan"))
        try:
            return cipher.decrypt(nonce, content[len(_MAGIC) + _NONCE_BYTES :], name.encode())
        except InvalidTag as error:
            raise RefusedError(_wrong(f"{name} cannot be decrypted")) from error

    def signature(self, content: bytes) -> bytes:
        """HMAC-SHA-256 of a manifest: a line of hexadecimal digits."""
        return hmac.new(self._derived(b"vend manifest"), content, hashlib.sha256).hexdigest().encode() + b"\n"

    def check(self, content: bytes, signature: bytes) -> None:
        """Holds a manifest against its signature.

        Raises:
            RefusedError: `bundle-key-wrong`.
        """
        if not hmac.compare_digest(self.signature(content), signature):
            raise RefusedError(_wrong("the manifest is not signed with this key"))

    def _derived(self, purpose: bytes) -> bytes:
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF

        return HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=purpose).derive(self._secret)


def _wrong(detail: str) -> Diagnostic:
    return Diagnostic(
        code="bundle-key-wrong",
        summary="the bundle was made with another key, or it was altered",
        detail=detail,
        hint="apply with the key that `vend plan` used (VEND_BUNDLE_KEY, or the file that VEND_BUNDLE_KEY_FILE names)",
    )
