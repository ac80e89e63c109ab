from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Side(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SIDE_NONE: _ClassVar[Side]
    SIDE_BUY: _ClassVar[Side]
    SIDE_SELL: _ClassVar[Side]

class OrderStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ORDER_STATUS_PENDING_NEW: _ClassVar[OrderStatus]
    ORDER_STATUS_NEW: _ClassVar[OrderStatus]
    ORDER_STATUS_PARTIALLY_FILLED: _ClassVar[OrderStatus]
    ORDER_STATUS_FILLED: _ClassVar[OrderStatus]
    ORDER_STATUS_CANCELED: _ClassVar[OrderStatus]
    ORDER_STATUS_REJECTED: _ClassVar[OrderStatus]
    ORDER_STATUS_EXPIRED: _ClassVar[OrderStatus]
    ORDER_STATUS_PENDING_CANCEL: _ClassVar[OrderStatus]
    ORDER_STATUS_UNKNOWN: _ClassVar[OrderStatus]
SIDE_NONE: Side
SIDE_BUY: Side
SIDE_SELL: Side
ORDER_STATUS_PENDING_NEW: OrderStatus
ORDER_STATUS_NEW: OrderStatus
ORDER_STATUS_PARTIALLY_FILLED: OrderStatus
ORDER_STATUS_FILLED: OrderStatus
ORDER_STATUS_CANCELED: OrderStatus
ORDER_STATUS_REJECTED: OrderStatus
ORDER_STATUS_EXPIRED: OrderStatus
ORDER_STATUS_PENDING_CANCEL: OrderStatus
ORDER_STATUS_UNKNOWN: OrderStatus

class Header(_message.Message):
    __slots__ = ("session_id", "sequence", "time_ns", "stamp")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_NS_FIELD_NUMBER: _ClassVar[int]
    STAMP_FIELD_NUMBER: _ClassVar[int]
    session_id: int
    sequence: int
    time_ns: int
    stamp: int
    def __init__(self, session_id: _Optional[int] = ..., sequence: _Optional[int] = ..., time_ns: _Optional[int] = ..., stamp: _Optional[int] = ...) -> None: ...

class Level(_message.Message):
    __slots__ = ("price", "qty")
    PRICE_FIELD_NUMBER: _ClassVar[int]
    QTY_FIELD_NUMBER: _ClassVar[int]
    price: float
    qty: float
    def __init__(self, price: _Optional[float] = ..., qty: _Optional[float] = ...) -> None: ...

class BookSnapshot(_message.Message):
    __slots__ = ("header", "instrument", "state", "reason", "event_time_ns", "last_id", "bids", "asks")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    EVENT_TIME_NS_FIELD_NUMBER: _ClassVar[int]
    LAST_ID_FIELD_NUMBER: _ClassVar[int]
    BIDS_FIELD_NUMBER: _ClassVar[int]
    ASKS_FIELD_NUMBER: _ClassVar[int]
    header: Header
    instrument: str
    state: str
    reason: str
    event_time_ns: int
    last_id: int
    bids: _containers.RepeatedCompositeFieldContainer[Level]
    asks: _containers.RepeatedCompositeFieldContainer[Level]
    def __init__(self, header: _Optional[_Union[Header, _Mapping]] = ..., instrument: _Optional[str] = ..., state: _Optional[str] = ..., reason: _Optional[str] = ..., event_time_ns: _Optional[int] = ..., last_id: _Optional[int] = ..., bids: _Optional[_Iterable[_Union[Level, _Mapping]]] = ..., asks: _Optional[_Iterable[_Union[Level, _Mapping]]] = ...) -> None: ...

class Trade(_message.Message):
    __slots__ = ("header", "instrument", "side", "price", "qty", "trade_id", "event_time_ns")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_FIELD_NUMBER: _ClassVar[int]
    SIDE_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    QTY_FIELD_NUMBER: _ClassVar[int]
    TRADE_ID_FIELD_NUMBER: _ClassVar[int]
    EVENT_TIME_NS_FIELD_NUMBER: _ClassVar[int]
    header: Header
    instrument: str
    side: Side
    price: float
    qty: float
    trade_id: int
    event_time_ns: int
    def __init__(self, header: _Optional[_Union[Header, _Mapping]] = ..., instrument: _Optional[str] = ..., side: _Optional[_Union[Side, str]] = ..., price: _Optional[float] = ..., qty: _Optional[float] = ..., trade_id: _Optional[int] = ..., event_time_ns: _Optional[int] = ...) -> None: ...

class Signal(_message.Message):
    __slots__ = ("header", "strategy", "instrument", "value", "confidence", "model")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    STRATEGY_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    header: Header
    strategy: str
    instrument: str
    value: float
    confidence: float
    model: str
    def __init__(self, header: _Optional[_Union[Header, _Mapping]] = ..., strategy: _Optional[str] = ..., instrument: _Optional[str] = ..., value: _Optional[float] = ..., confidence: _Optional[float] = ..., model: _Optional[str] = ...) -> None: ...

class Order(_message.Message):
    __slots__ = ("header", "strategy", "instrument", "client_order_id", "venue_order_id", "side", "type", "tif", "qty", "price", "filled_qty", "status", "reason", "reason_text")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    STRATEGY_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_FIELD_NUMBER: _ClassVar[int]
    CLIENT_ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    VENUE_ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    SIDE_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    TIF_FIELD_NUMBER: _ClassVar[int]
    QTY_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    FILLED_QTY_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    REASON_TEXT_FIELD_NUMBER: _ClassVar[int]
    header: Header
    strategy: str
    instrument: str
    client_order_id: int
    venue_order_id: str
    side: Side
    type: str
    tif: str
    qty: float
    price: float
    filled_qty: float
    status: OrderStatus
    reason: int
    reason_text: str
    def __init__(self, header: _Optional[_Union[Header, _Mapping]] = ..., strategy: _Optional[str] = ..., instrument: _Optional[str] = ..., client_order_id: _Optional[int] = ..., venue_order_id: _Optional[str] = ..., side: _Optional[_Union[Side, str]] = ..., type: _Optional[str] = ..., tif: _Optional[str] = ..., qty: _Optional[float] = ..., price: _Optional[float] = ..., filled_qty: _Optional[float] = ..., status: _Optional[_Union[OrderStatus, str]] = ..., reason: _Optional[int] = ..., reason_text: _Optional[str] = ...) -> None: ...

class Fill(_message.Message):
    __slots__ = ("header", "strategy", "instrument", "client_order_id", "venue_order_id", "trade_id", "side", "price", "qty", "fee", "fee_currency", "maker")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    STRATEGY_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_FIELD_NUMBER: _ClassVar[int]
    CLIENT_ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    VENUE_ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    TRADE_ID_FIELD_NUMBER: _ClassVar[int]
    SIDE_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    QTY_FIELD_NUMBER: _ClassVar[int]
    FEE_FIELD_NUMBER: _ClassVar[int]
    FEE_CURRENCY_FIELD_NUMBER: _ClassVar[int]
    MAKER_FIELD_NUMBER: _ClassVar[int]
    header: Header
    strategy: str
    instrument: str
    client_order_id: int
    venue_order_id: str
    trade_id: str
    side: Side
    price: float
    qty: float
    fee: float
    fee_currency: str
    maker: bool
    def __init__(self, header: _Optional[_Union[Header, _Mapping]] = ..., strategy: _Optional[str] = ..., instrument: _Optional[str] = ..., client_order_id: _Optional[int] = ..., venue_order_id: _Optional[str] = ..., trade_id: _Optional[str] = ..., side: _Optional[_Union[Side, str]] = ..., price: _Optional[float] = ..., qty: _Optional[float] = ..., fee: _Optional[float] = ..., fee_currency: _Optional[str] = ..., maker: _Optional[bool] = ...) -> None: ...

class Position(_message.Message):
    __slots__ = ("header", "strategy", "instrument", "qty", "average_cost", "realized_pnl", "unrealized_pnl", "fees")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    STRATEGY_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_FIELD_NUMBER: _ClassVar[int]
    QTY_FIELD_NUMBER: _ClassVar[int]
    AVERAGE_COST_FIELD_NUMBER: _ClassVar[int]
    REALIZED_PNL_FIELD_NUMBER: _ClassVar[int]
    UNREALIZED_PNL_FIELD_NUMBER: _ClassVar[int]
    FEES_FIELD_NUMBER: _ClassVar[int]
    header: Header
    strategy: str
    instrument: str
    qty: float
    average_cost: float
    realized_pnl: float
    unrealized_pnl: float
    fees: float
    def __init__(self, header: _Optional[_Union[Header, _Mapping]] = ..., strategy: _Optional[str] = ..., instrument: _Optional[str] = ..., qty: _Optional[float] = ..., average_cost: _Optional[float] = ..., realized_pnl: _Optional[float] = ..., unrealized_pnl: _Optional[float] = ..., fees: _Optional[float] = ...) -> None: ...

class Account(_message.Message):
    __slots__ = ("header", "currency", "cash", "equity", "realized_pnl", "unrealized_pnl", "fees")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    CASH_FIELD_NUMBER: _ClassVar[int]
    EQUITY_FIELD_NUMBER: _ClassVar[int]
    REALIZED_PNL_FIELD_NUMBER: _ClassVar[int]
    UNREALIZED_PNL_FIELD_NUMBER: _ClassVar[int]
    FEES_FIELD_NUMBER: _ClassVar[int]
    header: Header
    currency: str
    cash: float
    equity: float
    realized_pnl: float
    unrealized_pnl: float
    fees: float
    def __init__(self, header: _Optional[_Union[Header, _Mapping]] = ..., currency: _Optional[str] = ..., cash: _Optional[float] = ..., equity: _Optional[float] = ..., realized_pnl: _Optional[float] = ..., unrealized_pnl: _Optional[float] = ..., fees: _Optional[float] = ...) -> None: ...

class Status(_message.Message):
    __slots__ = ("header", "strategy", "state", "reason")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    STRATEGY_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    header: Header
    strategy: str
    state: str
    reason: str
    def __init__(self, header: _Optional[_Union[Header, _Mapping]] = ..., strategy: _Optional[str] = ..., state: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...
