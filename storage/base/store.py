"""Declaration of a store's methods: each is a read, or a write with the changes that it makes.

    @changes(lambda room_id, user_id: [ReadMarkMoved(room_id, user_id)])
    @abstractmethod
    async def mark_read(self, room_id: RoomId, user_id: UserId, seq: int) -> int: ...

Backends only implement the methods. `ReportingStore` wraps each write of a complete storage, so that no backend can
forget to report a change.
"""

import functools
import inspect
from abc import ABC
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from domain.errors.base import AppError
from domain.errors.storage import OperationRejected, StorageUnavailable
from runtime.shielded_tasks import ShieldedTasks
from storage.base.changes import Change, ChangeFeed

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Coroutine[Any, Any, Any]])

LIFECYCLE = frozenset({"open", "close"})
"""Methods of a storage that are neither reads nor writes."""


class _Description(NamedTuple):
    """Function that returns changes, and the names of the parameters that it takes."""

    describe: Callable[..., Iterable[Change]]
    parameters: Sequence[str]

    def __call__(self, values: Mapping[str, Any]) -> list[Change]:
        return list(self.describe(*[values[name] for name in self.parameters]))


class Write(NamedTuple):
    """Declaration of a write.

    Attributes:
        parameters: names of the method's parameters, in order.
        defaults: values of optional parameters, by name.
        possible_changes: returns every change that the write can make, from its arguments.
        actual_changes: returns the changes of a write that succeeded, from its arguments and its result; None if they
            are the possible ones.
    """

    parameters: Sequence[str]
    defaults: Mapping[str, Any]
    possible_changes: _Description
    actual_changes: _Description | None

    def values(self, args: Sequence[Any], options: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments of a call by name."""
        return {**self.defaults, **dict(zip(self.parameters, args, strict=False)), **options}


def read(method: F) -> F:
    """Declare a method as a read: it changes nothing."""
    method.__dict__["declaration"] = None
    return method


def changes(
    possible_changes: Callable[..., Iterable[Change]] = lambda: (),
    actual_changes: Callable[..., Iterable[Change]] | None = None,
) -> Callable[[F], F]:
    """Declare a method as a write.

    Args:
        possible_changes: returns every change that the write can make. Its parameters are some of the method's, by
            name. By default the write changes nothing of which a subscriber knows.
        actual_changes: returns the changes of a write that succeeded; by default the possible ones. It may also have a
            parameter `result`: the method's result.

    Raises:
        TypeError: a description names a parameter that the method does not have.
    """

    def declare(method: F) -> F:
        signature = list(inspect.signature(method).parameters.values())[1:]
        parameters = [parameter.name for parameter in signature]
        method.__dict__["declaration"] = Write(
            parameters,
            {one.name: one.default for one in signature if one.default is not one.empty},
            _description(method, possible_changes, parameters),
            None if actual_changes is None else _description(method, actual_changes, [*parameters, "result"]),
        )
        return method

    return declare


def _description(method: F, describe: Callable[..., Iterable[Change]], allowed: Sequence[str]) -> _Description:
    parameters = list(inspect.signature(describe).parameters)
    if unknown := set(parameters) - set(allowed):
        raise TypeError(f"{method.__qualname__} has no parameter {', '.join(sorted(unknown))}")
    return _Description(describe, parameters)


def declaration(store: type, name: str) -> Write | None:
    """Return the declaration of a method: a `Write`, or None for a read.

    Raises:
        TypeError: the method is not declared.
    """
    for base in store.__mro__:
        method = vars(base).get(name)
        if method is not None and "declaration" in vars(method):
            return vars(method)["declaration"]  # type: ignore[no-any-return]
    raise TypeError(f"{store.__name__}.{name} is declared neither as a read nor as a write")


class Store(ABC):  # noqa: B024  # its subclasses have the abstract methods
    """Base of all stores. Each public coroutine method is declared by `read` or `changes`, there or in a base class.

    Otherwise the definition of the class raises `TypeError`.
    """

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        for name, method in vars(cls).items():
            if inspect.iscoroutinefunction(method) and not name.startswith("_") and name not in LIFECYCLE:
                declaration(cls, name)


class ReportingStore(Store):
    """Store that reports its writes.

    Attributes:
        change_feed: reports the changes of all writes.
        settle_time: seconds for which a write with an unknown outcome may still be committed by a database that
            answers; 0 if the backend knows each outcome.
    """

    settle_time = 0.0

    def unsettled(self) -> Callable[[], float]:
        """Return a function for a write that has just failed.

        After `settle_time` it returns the seconds for which the write may still be committed; 0 if it may not.
        """
        return lambda: 0.0

    @property
    def lost_runs(self) -> int:
        """Number of runs so far that lost their connection, perhaps after the commit, and were repeated."""
        return 0

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        for name in dir(cls):
            method = None if name.startswith("_") else getattr(cls, name)
            if inspect.iscoroutinefunction(method) and name not in LIFECYCLE:
                write = declaration(cls, name)
                if write is not None and not getattr(method, "__isabstractmethod__", False):
                    setattr(cls, name, _reporting(method, write))

    def __init__(self) -> None:
        self.change_feed = ChangeFeed()
        self._writes = ShieldedTasks()

    async def _finish_writes(self) -> None:
        """Wait until all changes of completed writes are reported. Backends call it when they have closed."""
        await self._writes.wait()
        self.change_feed.close()


def _reporting(method: Callable[..., Coroutine[Any, Any, T]], write: Write) -> Callable[..., Coroutine[Any, Any, T]]:
    """Return the method with its changes reported; the method itself if it makes none."""
    method = inspect.unwrap(method)  # a base class may have wrapped it: report once
    if not write.possible_changes.parameters and write.actual_changes is None and not write.possible_changes({}):
        return method

    @functools.wraps(method)
    async def run(self: ReportingStore, *args: Any, **options: Any) -> T:
        return await self._writes.run(_run_and_report(self, method(self, *args, **options), write, args, options))

    return run


async def _run_and_report(
    store: ReportingStore,
    running: Coroutine[Any, Any, T],
    write: Write,
    args: Sequence[Any],
    options: Mapping[str, Any],
) -> T:
    values = write.values(args, options)
    lost_runs = store.lost_runs
    outcome_is_known = False
    try:
        result = await running
        outcome_is_known = True
    except BaseException as failure:
        outcome_is_known = _changed_nothing(failure)
        raise
    finally:
        # a lost run, of this write or a concurrent one, may have changed more than the run after it
        if not outcome_is_known or store.lost_runs != lost_runs:
            store.change_feed.publish_unknown(write.possible_changes(values), store.settle_time, store.unsettled())
    if write.actual_changes is None:
        store.change_feed.publish(write.possible_changes(values))
    else:
        store.change_feed.publish(write.actual_changes({**values, "result": result}))
    return result


def _changed_nothing(failure: BaseException) -> bool:
    """Return True if a write that raised this was rejected, and False if its outcome is unknown."""
    if isinstance(failure, StorageUnavailable):
        return isinstance(failure, OperationRejected)
    return isinstance(failure, AppError)
