//! A TCP or TLS stream that knows when it was last read.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::model::{Clock, Endpoint, Nanos};

use super::NetError;

/// Opens connections: the roots of trust, the clock and the patience are chosen once.
#[derive(Clone)]
pub struct Dialer {
    tls: TlsConnector,
    clock: Arc<dyn Clock>,
    patience: Duration,
}

impl Dialer {
    /// Trusts Mozilla's roots (compiled in), stamps reads with `clock`, gives up after `patience`.
    ///
    /// # Errors
    /// If the cryptography lacks the protocol versions; not seen with the versions that are locked.
    pub fn new(clock: Arc<dyn Clock>, patience: Duration) -> Result<Self, rustls::Error> {
        let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        Self::trusting(roots, clock, patience)
    }

    /// The same, trusting these roots and no others.
    ///
    /// # Errors
    /// As [`Dialer::new`].
    pub fn trusting(
        roots: RootCertStore,
        clock: Arc<dyn Clock>,
        patience: Duration,
    ) -> Result<Self, rustls::Error> {
        let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self { tls: TlsConnector::from(Arc::new(config)), clock, patience })
    }

    /// How long an answer may take.
    #[must_use]
    pub fn patience(&self) -> Duration {
        self.patience
    }

    /// A stream to `endpoint`, TLS if it wants it.
    ///
    /// # Errors
    /// If nobody answers there within the time, or the certificate is not trusted.
    pub async fn dial(&self, endpoint: &Endpoint) -> Result<Connection, NetError> {
        match timeout(self.patience, self.dial_patiently(endpoint)).await {
            Ok(connected) => {
                connected.map_err(|source| NetError::Io { endpoint: endpoint.to_string(), source })
            }
            Err(_) => Err(self.late(endpoint, "connecting")),
        }
    }

    async fn dial_patiently(&self, endpoint: &Endpoint) -> io::Result<Connection> {
        let socket = TcpStream::connect((endpoint.host.as_str(), endpoint.port)).await?;
        socket.set_nodelay(true)?;
        let stream = if endpoint.tls {
            let name = ServerName::try_from(endpoint.host.clone()).map_err(io::Error::other)?;
            Stream::Tls(Box::new(self.tls.connect(name, socket).await?))
        } else {
            Stream::Plain(socket)
        };
        Ok(Connection { stream, last_read: self.clock.utc(), clock: Arc::clone(&self.clock) })
    }

    pub(super) fn late(&self, endpoint: &Endpoint, doing: &'static str) -> NetError {
        NetError::Timeout { endpoint: endpoint.to_string(), after: self.patience, doing }
    }
}

enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// Bytes to and from a venue. Every frame of one read has the time of that read.
pub struct Connection {
    stream: Stream,
    last_read: Nanos,
    clock: Arc<dyn Clock>,
}

impl Connection {
    /// When bytes were last read.
    #[must_use]
    pub fn last_read(&self) -> Nanos {
        self.last_read
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let outcome = match &mut this.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_read(cx, buffer),
            Stream::Tls(stream) => Pin::new(stream).poll_read(cx, buffer),
        };
        if outcome.is_ready() {
            this.last_read = this.clock.utc();
        }
        outcome
    }
}

impl AsyncWrite for Connection {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match &mut self.get_mut().stream {
            Stream::Plain(stream) => Pin::new(stream).poll_write(cx, bytes),
            Stream::Tls(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.get_mut().stream {
            Stream::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Stream::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.get_mut().stream {
            Stream::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Stream::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
