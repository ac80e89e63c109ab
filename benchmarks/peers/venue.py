"""The least of Binance that an engine can follow, on loopback: one instrument, a list, a snapshot, its trades."""

import base64
import hashlib
import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # of RFC 6455
FILTERS = [
    {"filterType": "PRICE_FILTER", "tickSize": "0.01"},
    {"filterType": "LOT_SIZE", "stepSize": "0.00001", "minQty": "0.00001"},
]
SYMBOL = {"symbol": "BTCUSDT", "status": "TRADING", "baseAsset": "BTC", "quoteAsset": "USDT", "filters": FILTERS}
ANSWERS = {
    "/api/v3/exchangeInfo": {"symbols": [SYMBOL]},
    "/api/v3/depth": {"lastUpdateId": 1, "bids": [["60000.00", "1"]], "asks": [["60000.01", "1"]]},
}


class Venue:
    """Serve on a port of its own; the last client's stream is written by whoever has this."""

    def __init__(self):
        venue, self.connected = self, threading.Event()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                key = self.headers.get("Sec-WebSocket-Key")
                if key:
                    self.accept(key)
                    return
                body = json.dumps(ANSWERS[self.path.split("?")[0]]).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def accept(self, key):
                answer = base64.b64encode(hashlib.sha1((key + MAGIC).encode()).digest()).decode()
                self.send_response(101)
                for name, value in (("Upgrade", "websocket"), ("Connection", "Upgrade")):
                    self.send_header(name, value)
                self.send_header("Sec-WebSocket-Accept", answer)
                self.end_headers()
                self.wfile.flush()
                self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                venue.stream = self.connection
                venue.connected.set()
                while self.connection.recv(4096):
                    pass
                self.close_connection = True

            def log_message(self, *_):
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def address(self):
        """Return host and port."""
        return "{}:{}".format(*self.server.server_address)

    def send(self, data):
        """Send one message of a stream as a frame of text."""
        text = json.dumps({"stream": "btcusdt@trade", "data": data}, separators=(",", ":")).encode()
        head = bytes((0x81, 126)) + len(text).to_bytes(2, "big")
        self.stream.sendall((head if len(text) > 125 else bytes((0x81, len(text)))) + text)

    def trade(self, trade_id):
        """Send a trade; its id is what a reader will know it by."""
        moment = 1_700_000_000_000
        whose = {"e": "trade", "E": moment, "s": "BTCUSDT", "t": trade_id, "p": "60000.00000000", "q": "0.50000000"}
        self.send({**whose, "T": moment, "m": True, "M": True})
