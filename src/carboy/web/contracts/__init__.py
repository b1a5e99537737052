"""Contracts: what a request or an answer must look like, said as a type, as a file, or as both.

A JSON Schema is the judge, whichever way the contract is spelled: a type is turned into one. So every spelling finds
the same violations, all of them at once. The type, where there is one, then receives what was judged right.

    reading.py   bytes → value: the one JSON reader
    text.py      the text of a query, path, header or form → the JSON value that its schema asks for
    judge.py     value → violations: the one place that knows the validator
    types.py     a type as a contract
    files.py     a schema file as a contract
    mallow.py    a marshmallow schema as a contract
"""
