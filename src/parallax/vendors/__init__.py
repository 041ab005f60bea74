"""Vendors' APIs: what is asked of them, how it is cut into calls, and the gate that every call goes through."""
