"""Django with its REST framework and simplejwt, as their tutorials have it."""
