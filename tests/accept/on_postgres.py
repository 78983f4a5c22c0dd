#!/usr/bin/env python3
"""Runs an acceptance program against PostgreSQL: on_postgres.py PROGRAM DATABASE_URL [BINARY]."""
import importlib
import sys

import yumna_client


def main(program, url, binary="target/release/yumna"):
    plain = yumna_client.Demo

    class OnPostgres(plain):
        def __init__(self, binary, args=(), **kw):
            super().__init__(binary, (*args, "--database-url", url), **kw)

    module = importlib.import_module(program)
    module.Demo = OnPostgres
    module.main(binary)


if __name__ == "__main__":
    main(*sys.argv[1:])
