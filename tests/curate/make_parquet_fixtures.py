#!/usr/bin/env python3
"""Makes tests/curate/data/parquet with pyarrow: what parquet_test.cc reads.

    python make_parquet_fixtures.py     (pip install pyarrow)
"""

import datetime
import decimal
import pathlib

import pyarrow as pa
import pyarrow.parquet as pq

FOLDER = pathlib.Path(__file__).parent / "data" / "parquet"


def texts(count):
    return [f"Mkulima {i} hupanda mahindi na maharage shambani mwake." for i in range(count)]


def kinds():
    """Every way to hold a text, and values of many types beside, nulls among them."""
    table = pa.table({
        "string": pa.array(["habari", None, "njema"], pa.string()),
        "large": pa.array(["mvua", "jua", None], pa.large_string()),
        "bytes": pa.array([b"caf\xe9", b"", None], pa.binary()),
        "coded": pa.array(["soko", "soko", "bei"]).dictionary_encode(),
        "number": pa.array([1, None, -3], pa.int32()),
        "ratio": pa.array([0.5, 1.5, None], pa.float64()),
        "flag": pa.array([True, False, None]),
        "day": pa.array([datetime.date(2024, 5, 1), None, None]),
        "price": pa.array([decimal.Decimal("1.50"), None, None], pa.decimal128(9, 2)),
        "vector": pa.array([[1.0, 2.0], [], None], pa.list_(pa.float32())),
        "meta": pa.array(['{"url": "https://example.org/1"}', "no object", None]),
        "language": pa.array(["sw", "sw", None]),
    })
    pq.write_table(table, FOLDER / "kinds.parquet")


def codecs():
    """The same rows in several row groups, packed and encoded in different ways."""
    table = pa.table({"id": [f"n{i}" for i in range(40)], "text": texts(40)})
    for codec in ("none", "snappy", "gzip", "zstd", "brotli", "lz4"):
        pq.write_table(table, FOLDER / f"{codec}.parquet", compression=codec, row_group_size=10,
                       write_page_checksum=True)
    pq.write_table(table, FOLDER / "delta.parquet", use_dictionary=False, row_group_size=10,
                   column_encoding={"id": "DELTA_BYTE_ARRAY", "text": "DELTA_LENGTH_BYTE_ARRAY"},
                   data_page_version="2.0")


def chats():
    turn = pa.struct([("content", pa.string()), ("role", pa.string())])
    rows = [[{"role": "user", "content": "Habari?"}, {"role": "assistant", "content": "Njema."}],
            [{"role": "user", "content": "Bei?"}], None]
    pq.write_table(pa.table({"messages": pa.array(rows, pa.list_(turn)), "topic": ["a", "b", "c"]}),
                   FOLDER / "chat.parquet")


def bomb():
    """A text of 4 MB once in the dictionary, and 1000 times in the column."""
    with pq.ParquetWriter(FOLDER / "bomb.parquet", pa.schema({"text": pa.string()}),
                          compression="zstd", compression_level=19, dictionary_pagesize_limit=8_000_000) as writer:
        writer.write_table(pa.table({"text": ["a" * 4_000_000] * 1000}))
        writer.write_table(pa.table({"text": ["the next row group"]}))


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    kinds()
    codecs()
    chats()
    bomb()
