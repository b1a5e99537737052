"""The pages of docs/reference that are made from the code: `make reference` writes them anew.

commands.py    what can be typed: make, carboy, flask
http_api.py    what can be asked of the starter over HTTP
messages.py    what is said when something is wrong; collecting.py finds it in the sources
"""
