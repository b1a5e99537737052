"""The starter beside its peers: the same work, on the same machine, in turns.

    make bench          everything, with the peers; it takes an hour
    make bench-quick    the starter against the floor, and the gate: no ratio is a fifth worse than what was committed

The floor is what nobody can do without: bare Flask, the raw driver, `json`, on the same server with the same threads.
It knows no users, judges no input and writes no log. All other figures are told as ratios to it.
"""
