"""Prometheus remote write 1.0, encoded by hand so that hostile bodies can be made as well as sound ones."""

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
PATH = "/intake/prometheus/api/v1/write"
