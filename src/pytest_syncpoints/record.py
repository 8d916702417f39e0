"""Record: a named tuple whose definition costs nothing to import.

``typing.NamedTuple`` drags in ``typing``, ``collections`` and ``re`` (about 6 ms) and compiles one constructor
per class; ``dataclasses`` costs 12 ms. A commit hook is a process of 25 ms, so its values are defined
with this stand-in. Type checkers are told that it *is* ``typing.NamedTuple``, and at run time it keeps
that class's contract: positional and keyword construction, defaults, ``_replace``, ``_asdict``, ``_fields``.
Figures: ``docs/decisions/0002-records.md``.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple as Record
else:
    from _collections import _tuplegetter

    def _bind(cls, args, kwargs):
        """Return the values in field order, or raise TypeError as a function call would."""
        fields = cls._fields
        if len(args) > len(fields):
            raise TypeError(f"{cls.__name__} takes {len(fields)} values but {len(args)} were given")
        values = list(args)
        for name in fields[len(args) :]:
            if name in kwargs:
                values.append(kwargs.pop(name))
            elif name in cls._field_defaults:
                values.append(cls._field_defaults[name])
            else:
                raise TypeError(f"{cls.__name__} needs a value for {name!r}")
        if kwargs:
            raise TypeError(f"{cls.__name__} has no field {next(iter(kwargs))!r}, or it was given twice")
        return values

    class _RecordType(type):
        """Turn a class body of annotations into a tuple with named fields."""

        def __new__(mcls, name, bases, namespace):
            if not bases:
                return super().__new__(mcls, name, bases, namespace)
            fields = tuple(namespace.get("__annotations__", ()))
            namespace["_field_defaults"] = {field: namespace[field] for field in fields if field in namespace}
            namespace["_fields"] = namespace["__match_args__"] = fields
            namespace["__slots__"] = ()
            for index, field in enumerate(fields):
                namespace[field] = _tuplegetter(index, f"The value of {field}.")
            for method in ("__new__", "__repr__", "__getnewargs__", "_replace", "_asdict", "_make"):
                namespace[method] = _METHODS[method]
            return type.__new__(type, name, (tuple,), namespace)

    def _new(cls, *args, **kwargs):
        if kwargs or len(args) != len(cls._fields):
            args = _bind(cls, args, kwargs)
        return tuple.__new__(cls, args)

    def _repr(self):
        return f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in zip(self._fields, self, strict=True))})"

    def _getnewargs(self):
        return tuple(self)

    def _replace(self, /, **kwargs):
        unknown = kwargs.keys() - set(self._fields)
        if unknown:
            raise ValueError(f"Got unexpected field names: {sorted(unknown)!r}")
        return type(self)(*(kwargs.get(k, v) for k, v in zip(self._fields, self, strict=True)))

    def _asdict(self):
        return dict(zip(self._fields, self, strict=True))

    _METHODS = {
        "__new__": staticmethod(_new),
        "__repr__": _repr,
        "__getnewargs__": _getnewargs,
        "_replace": _replace,
        "_asdict": _asdict,
        "_make": classmethod(lambda cls, values: cls(*values)),
    }

    class Record(metaclass=_RecordType):
        """Base of every value in this package: annotations become fields, in order."""


__all__ = ["Record"]
