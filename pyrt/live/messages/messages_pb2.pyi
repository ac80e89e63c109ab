from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class MarketTick(_message.Message):
    __slots__ = ("symbol", "price", "volume", "timestamp_us", "exchange")
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    VOLUME_FIELD_NUMBER: _ClassVar[int]
    TIMESTAMP_US_FIELD_NUMBER: _ClassVar[int]
    EXCHANGE_FIELD_NUMBER: _ClassVar[int]
    symbol: str
    price: float
    volume: float
    timestamp_us: int
    exchange: str
    def __init__(self, symbol: _Optional[str] = ..., price: _Optional[float] = ..., volume: _Optional[float] = ..., timestamp_us: _Optional[int] = ..., exchange: _Optional[str] = ...) -> None: ...

class OrderRequest(_message.Message):
    __slots__ = ("order_id", "symbol", "side", "quantity", "price", "order_type")
    class Side(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        BUY: _ClassVar[OrderRequest.Side]
        SELL: _ClassVar[OrderRequest.Side]
    BUY: OrderRequest.Side
    SELL: OrderRequest.Side
    class OrderType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        MARKET: _ClassVar[OrderRequest.OrderType]
        LIMIT: _ClassVar[OrderRequest.OrderType]
    MARKET: OrderRequest.OrderType
    LIMIT: OrderRequest.OrderType
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    SIDE_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    ORDER_TYPE_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    symbol: str
    side: OrderRequest.Side
    quantity: float
    price: float
    order_type: OrderRequest.OrderType
    def __init__(self, order_id: _Optional[str] = ..., symbol: _Optional[str] = ..., side: _Optional[_Union[OrderRequest.Side, str]] = ..., quantity: _Optional[float] = ..., price: _Optional[float] = ..., order_type: _Optional[_Union[OrderRequest.OrderType, str]] = ...) -> None: ...
