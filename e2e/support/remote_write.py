"""Prometheus remote write, encoded by hand so that hostile bodies can be made as well as sound ones.

1.0 as Debian's Prometheus sends it; 2.0, which that one cannot send, as the specification writes it.
"""

import struct


def varint(value):
    out = bytearray()
    while True:
        byte = value & 0x7F
        value >>= 7
        out.append(byte | (0x80 if value else 0))
        if not value:
            return bytes(out)


def field(number, payload):
    return varint(number << 3 | 2) + varint(len(payload)) + payload


def label(name, value):
    return field(1, name.encode()) + field(2, value.encode())


def sample(value, milliseconds):
    return varint(1 << 3 | 1) + struct.pack("<d", value) + varint(2 << 3) + varint(milliseconds)


def write_request(series):
    """`series`: (labels, [(value, milliseconds)]) pairs; labels are sorted as the format asks."""
    out = bytearray()
    for labels, samples in series:
        body = b"".join(field(1, label(name, labels[name])) for name in sorted(labels))
        body += b"".join(field(2, sample(value, time)) for value, time in samples)
        out += field(1, body)
    return bytes(out)


def snappy(data):
    """A snappy block of literals only: valid, and not smaller than what went in."""
    out = bytearray(varint(len(data)))
    for start in range(0, len(data), 65536):
        chunk = data[start:start + 65536]
        out += bytes([61 << 2]) + struct.pack("<H", len(chunk) - 1) + chunk
    return bytes(out)


HEADERS = {
    "Content-Type": "application/x-protobuf",
    "Content-Encoding": "snappy",
    "X-Prometheus-Remote-Write-Version": "0.1.0",
    "User-Agent": "mainstay-e2e",
}
SECOND_HEADERS = {
    "Content-Type": "application/x-protobuf;proto=io.prometheus.write.v2.Request",
    "Content-Encoding": "snappy",
    "X-Prometheus-Remote-Write-Version": "2.0.0",
    "User-Agent": "mainstay-e2e",
}


def second_request(series):
    """2.0: `series` are dicts with labels, samples [(value, milliseconds)], created, type, histograms and exemplars."""
    symbols, messages = [""], b""

    def reference(text):
        if text not in symbols:
            symbols.append(text)
        return varint(symbols.index(text))

    for one in series:
        body = field(1, b"".join(
            reference(name) + reference(value) for name, value in sorted(one["labels"].items())))
        body += b"".join(field(2, sample(value, time)) for value, time in one.get("samples", ()))
        body += field(3, varint(1 << 3) + varint(5)) * one.get("histograms", 0)
        body += field(4, varint(2 << 3 | 1) + struct.pack("<d", 1.0)) * one.get("exemplars", 0)
        if "type" in one:
            body += field(5, varint(1 << 3) + varint(one["type"]))
        if "created" in one:
            body += varint(6 << 3) + varint(one["created"])
        messages += field(5, body)
    return b"".join(field(4, symbol.encode()) for symbol in symbols) + messages


def written(answer):
    """What a reply says was written: samples, histograms, exemplars."""
    return tuple(
        int(answer.headers[f"X-Prometheus-Remote-Write-{kind}-Written"]) for kind in ("Samples", "Histograms", "Exemplars"))


PATH = "/intake/prometheus/api/v1/write"
