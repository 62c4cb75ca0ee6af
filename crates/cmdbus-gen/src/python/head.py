from __future__ import annotations

import http.client
import importlib
import json
import math
import socket
import ssl
import threading
import time
import urllib.parse
import uuid
import weakref
from types import TracebackType
from typing import (
    TYPE_CHECKING,
    Any,
    Callable,
    Dict,
    Generic,
    Iterator,
    List,
    Literal,
    Optional,
    Tuple,
    Type,
    TypeVar,
    Union,
    cast,
)

if TYPE_CHECKING:
    from typing_extensions import NotRequired, TypeAlias, TypeAliasType, TypedDict
else:
    try:
        # pydantic brings this package, and wants types from there.
        from typing_extensions import NotRequired, TypeAlias, TypeAliasType, TypedDict
    except ImportError:
        from typing import TypedDict

        def TypeAliasType(name, value):
            return value
