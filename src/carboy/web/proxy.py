"""Believing a proxy in front of us: as many hops as the settings say, and none by default."""

from typing import TYPE_CHECKING

from carboy.web.onion import Layer, Wsgi

if TYPE_CHECKING:
    from collections.abc import Sequence


def behind(hops: "Sequence[int]") -> Layer:
    """Read the X-Forwarded-… headers of this many proxies (for, proto, host, port, prefix), and of no more."""

    def layer(application: Wsgi) -> Wsgi:
        if not any(hops):
            return application
        from werkzeug.middleware.proxy_fix import ProxyFix

        x_for, x_proto, x_host, x_port, x_prefix = hops
        return ProxyFix(application, x_for=x_for, x_proto=x_proto, x_host=x_host, x_port=x_port, x_prefix=x_prefix)

    return layer
