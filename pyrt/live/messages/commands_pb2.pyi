from . import trading_pb2 as _trading_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Command(_message.Message):
    __slots__ = ("command_id", "session_id", "time_ns", "start", "stop", "update_parameters", "flatten", "kill", "ping")
    class Start(_message.Message):
        __slots__ = ("strategy",)
        STRATEGY_FIELD_NUMBER: _ClassVar[int]
        strategy: str
        def __init__(self, strategy: _Optional[str] = ...) -> None: ...
    class Stop(_message.Message):
        __slots__ = ("strategy",)
        STRATEGY_FIELD_NUMBER: _ClassVar[int]
        strategy: str
        def __init__(self, strategy: _Optional[str] = ...) -> None: ...
    class UpdateParameters(_message.Message):
        __slots__ = ("strategy", "values")
        class ValuesEntry(_message.Message):
            __slots__ = ("key", "value")
            KEY_FIELD_NUMBER: _ClassVar[int]
            VALUE_FIELD_NUMBER: _ClassVar[int]
            key: str
            value: float
            def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
        STRATEGY_FIELD_NUMBER: _ClassVar[int]
        VALUES_FIELD_NUMBER: _ClassVar[int]
        strategy: str
        values: _containers.ScalarMap[str, float]
        def __init__(self, strategy: _Optional[str] = ..., values: _Optional[_Mapping[str, float]] = ...) -> None: ...
    class Flatten(_message.Message):
        __slots__ = ("strategy",)
        STRATEGY_FIELD_NUMBER: _ClassVar[int]
        strategy: str
        def __init__(self, strategy: _Optional[str] = ...) -> None: ...
    class Kill(_message.Message):
        __slots__ = ("reason",)
        REASON_FIELD_NUMBER: _ClassVar[int]
        reason: str
        def __init__(self, reason: _Optional[str] = ...) -> None: ...
    class Ping(_message.Message):
        __slots__ = ()
        def __init__(self) -> None: ...
    COMMAND_ID_FIELD_NUMBER: _ClassVar[int]
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    TIME_NS_FIELD_NUMBER: _ClassVar[int]
    START_FIELD_NUMBER: _ClassVar[int]
    STOP_FIELD_NUMBER: _ClassVar[int]
    UPDATE_PARAMETERS_FIELD_NUMBER: _ClassVar[int]
    FLATTEN_FIELD_NUMBER: _ClassVar[int]
    KILL_FIELD_NUMBER: _ClassVar[int]
    PING_FIELD_NUMBER: _ClassVar[int]
    command_id: str
    session_id: int
    time_ns: int
    start: Command.Start
    stop: Command.Stop
    update_parameters: Command.UpdateParameters
    flatten: Command.Flatten
    kill: Command.Kill
    ping: Command.Ping
    def __init__(self, command_id: _Optional[str] = ..., session_id: _Optional[int] = ..., time_ns: _Optional[int] = ..., start: _Optional[_Union[Command.Start, _Mapping]] = ..., stop: _Optional[_Union[Command.Stop, _Mapping]] = ..., update_parameters: _Optional[_Union[Command.UpdateParameters, _Mapping]] = ..., flatten: _Optional[_Union[Command.Flatten, _Mapping]] = ..., kill: _Optional[_Union[Command.Kill, _Mapping]] = ..., ping: _Optional[_Union[Command.Ping, _Mapping]] = ...) -> None: ...

class Ack(_message.Message):
    __slots__ = ("header", "command_id", "accepted", "reason", "parameters_version")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    COMMAND_ID_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    PARAMETERS_VERSION_FIELD_NUMBER: _ClassVar[int]
    header: _trading_pb2.Header
    command_id: str
    accepted: bool
    reason: str
    parameters_version: int
    def __init__(self, header: _Optional[_Union[_trading_pb2.Header, _Mapping]] = ..., command_id: _Optional[str] = ..., accepted: _Optional[bool] = ..., reason: _Optional[str] = ..., parameters_version: _Optional[int] = ...) -> None: ...
