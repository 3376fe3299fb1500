"""Results that all pages share, bounded in bytes."""

import threading
from collections import OrderedDict
from typing import Any

from explorer.jobs.limits import LIMITS


class Cache:
    """Least-recently-used results, bounded in bytes (by default what LIMITS says) and shared by all sessions."""

    def __init__(self, limit: int | None = None):
        self._items: OrderedDict[Any, tuple[Any, int]] = OrderedDict()
        self._lock, self._limit, self._size = threading.Lock(), limit, 0

    @property
    def size(self) -> int:
        """Bytes of what it holds."""
        return self._size

    def get(self, key: Any) -> Any | None:
        with self._lock:
            if key not in self._items:
                return None
            self._items.move_to_end(key)
            return self._items[key][0]

    def put(self, key: Any, value: Any, size: int) -> None:
        limit = LIMITS.cache if self._limit is None else self._limit
        with self._lock:
            self._size += size - self._items.pop(key, (None, 0))[1]
            self._items[key] = (value, size)
            while self._size > limit and len(self._items) > 1:
                self._size -= self._items.popitem(last=False)[1][1]

    def clear(self) -> None:
        with self._lock:
            self._items.clear()
            self._size = 0


CACHE = Cache()
