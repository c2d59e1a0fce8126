"""What endpoints keep secret, sealed and opened as daemon/seal.h says it is done, by OpenSSL's library but by no line of the
daemon: for tests that put endpoints into a database themselves, or look at what lies there.
"""

import base64
import ctypes
import hashlib
import json
import os

import harness

HEAD, NONCE, TAG = 9, 12, 16
_GET_TAG, _SET_TAG = 0x10, 0x11

_crypto = ctypes.CDLL("libcrypto.so.3")
for _name in ("EVP_CIPHER_CTX_new", "EVP_aes_256_gcm"):
    getattr(_crypto, _name).restype = ctypes.c_void_p


def _gcm(key, nonce, bound, text, tag=None):
    """The text encrypted, and its tag; with a tag: decrypted, or ValueError."""
    context = ctypes.c_void_p(_crypto.EVP_CIPHER_CTX_new())
    out, length, made = ctypes.create_string_buffer(len(text) + TAG), ctypes.c_int(), ctypes.create_string_buffer(tag or b"", TAG)
    good = (_crypto.EVP_CipherInit_ex(context, ctypes.c_void_p(_crypto.EVP_aes_256_gcm()), None, key, nonce, tag is None)
            and _crypto.EVP_CipherUpdate(context, None, ctypes.byref(length), bound, len(bound))
            and _crypto.EVP_CipherUpdate(context, out, ctypes.byref(length), text, len(text))
            and (tag is None or _crypto.EVP_CIPHER_CTX_ctrl(context, _SET_TAG, TAG, made))
            and _crypto.EVP_CipherFinal_ex(context, out, ctypes.byref(ctypes.c_int()))
            and (tag is not None or _crypto.EVP_CIPHER_CTX_ctrl(context, _GET_TAG, TAG, made)))
    text = out.raw[:length.value]
    _crypto.EVP_CIPHER_CTX_free(context)
    if not good:
        raise ValueError("it does not open")
    return text, made.raw


def _keys(path):
    """By their ids; the first is the one that is sealed under."""
    keys = map(base64.b64decode, (path or harness.secrets_key()).read_text().split())
    return {hashlib.sha256(key).digest()[:HEAD - 1]: key for key in keys}


def seal(endpoint, text, what="secret", keys=None):
    """As hexadecimal."""
    (name, key), *_ = _keys(keys).items()
    head, nonce = b"\x01" + name, os.urandom(NONCE)
    made, tag = _gcm(key, nonce, head + f"{endpoint} {what}".encode(), text.encode())
    return (head + nonce + made + tag).hex()


def opened(endpoint, value, what="secret", keys=None):
    """Of a bytea as it is shown; None: null. ValueError, KeyError: no key opens it."""
    if value is None:
        return None
    value = bytes.fromhex(value.removeprefix(r"\x"))
    head, nonce, made, tag = (value[:HEAD], value[HEAD:HEAD + NONCE], value[HEAD + NONCE:-TAG], value[-TAG:])
    return _gcm(_keys(keys)[head[1:]], nonce, head + f"{endpoint} {what}".encode(), made, tag)[0].decode()


def put_endpoints(database, rows):
    """Endpoints, (HSA-id of a unit, URL, secret) each, put there by SQL; their numbers."""
    numbers = [row["endpoint"] for row in database.rows(
        f"select nextval('samordnad.endpoint_endpoint_seq') as endpoint from generate_series(1, {len(rows)})")]
    database.rows("""insert into samordnad.endpoint (endpoint, unit, url, secret) overriding system value
        select x.endpoint, u.unit, x.url, decode(x.secret, 'hex')
        from json_to_recordset(:'rows') as x (endpoint bigint, hsa text, url text, secret text)
        join samordnad.unit u on u.hsa_id = x.hsa""", rows=json.dumps(
            [{"endpoint": number, "hsa": hsa, "url": url, "secret": seal(number, secret)}
             for number, (hsa, url, secret) in zip(numbers, rows)]))
    return numbers
