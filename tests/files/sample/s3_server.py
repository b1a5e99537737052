"""An S3 of moto's in a process of its own: `python s3_server.py PORT`."""

import logging
import sys

from moto.server import main

if __name__ == "__main__":
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    main(["-p", sys.argv[1]])
