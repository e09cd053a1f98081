//! One WebSocket to the server: opened with a key, read and written with deadlines. It reads no event.

use crate::client::address;
use crate::client::error::ClientError;
use crate::client::event::Secret;
use crate::client::trust;
use futures_util::{SinkExt as _, StreamExt as _};
use reqwest::Url;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes};
use tokio_tungstenite::{Connector, MaybeTlsStream, WebSocketStream, connect_async_tls_with_config};

/// An open line.
#[derive(Debug)]
pub(crate) struct Line {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

/// How to open a line.
#[derive(Clone, Debug)]
pub(crate) struct Door {
    /// The address, as [`address::of`] made it.
    pub(crate) url: Url,
    /// Who we are.
    pub(crate) key: Option<Secret>,
    /// Take any certificate.
    pub(crate) insecure: bool,
}

/// What comes on a line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// A message.
    Text(String),
    /// A sign of life.
    Alive,
    /// It was closed for good.
    Closed,
    /// It broke.
    Broken,
}

impl Door {
    /// Opens a line.
    pub(crate) async fn open(&self) -> Result<Line, ClientError> {
        let shown = address::shown(&self.url);
        let request = self.url.as_str().into_client_request().map_err(|error| ClientError::of(&shown, &error))?;
        let mut request = request;
        request.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static("realtime"));
        if let Some(Secret(key)) = &self.key {
            let mut bearer = HeaderValue::from_str(&format!("Bearer {key}")).map_err(|_| ClientError::KeyText)?;
            bearer.set_sensitive(true);
            request.headers_mut().insert("authorization", bearer);
        }
        let secure = self.url.scheme() == "wss";
        let connector =
            if secure { Connector::Rustls(trust::config(self.insecure, &shown)?) } else { Connector::Plain };
        let limits = WebSocketConfig::default()
            .max_message_size(Some(MESSAGE_BYTES_MAX))
            .max_frame_size(Some(MESSAGE_BYTES_MAX))
            .max_write_buffer_size(MESSAGE_BYTES_MAX);
        let opening = connect_async_tls_with_config(request, Some(limits), true, Some(connector));
        match tokio::time::timeout(OPEN_MAX, opening).await {
            Ok(Ok((socket, _))) => Ok(Line { socket }),
            Ok(Err(error)) => Err(ClientError::of(&shown, &error)),
            Err(_) => Err(ClientError::late(&shown, OPEN_MAX)),
        }
    }
}

impl Line {
    /// What comes next.
    pub(crate) async fn hear(&mut self) -> Heard {
        match self.socket.next().await {
            Some(Ok(Message::Text(text))) => Heard::Text(text.as_str().to_owned()),
            Some(Ok(Message::Close(frame))) => {
                let normal = frame.is_none_or(|frame| frame.code == CloseCode::Normal);
                if normal { Heard::Closed } else { Heard::Broken }
            }
            Some(Ok(_)) => Heard::Alive,
            Some(Err(Error::ConnectionClosed)) => Heard::Closed,
            Some(Err(_)) | None => Heard::Broken,
        }
    }

    /// Sends an event; false when the line takes nothing any more.
    pub(crate) async fn say(&mut self, text: String) -> bool {
        self.write(Message::Text(Utf8Bytes::from(text))).await
    }

    /// Asks whether anybody is there.
    pub(crate) async fn ping(&mut self) -> bool {
        self.write(Message::Ping(Vec::new().into())).await
    }

    /// Closes the line; `for_good` ends the session, otherwise it waits for us to come back.
    pub(crate) async fn close(mut self, for_good: bool) {
        let code = if for_good { CloseCode::Normal } else { CloseCode::Library(COMING_BACK) };
        let frame = CloseFrame { code, reason: Utf8Bytes::from_static("") };
        let closing = async {
            if self.socket.send(Message::Close(Some(frame))).await.is_ok() {
                while let Some(Ok(_)) = self.socket.next().await {}
            }
        };
        // Who does not answer a goodbye is left.
        let _ = tokio::time::timeout(GOODBYE_MAX, closing).await;
    }

    async fn write(&mut self, message: Message) -> bool {
        matches!(tokio::time::timeout(WRITE_STALL_MAX, self.socket.send(message)).await, Ok(Ok(())))
    }
}

/// The protocol's largest event.
const MESSAGE_BYTES_MAX: usize = (20 * 1024 + 64) * 1024;
const OPEN_MAX: Duration = Duration::from_secs(10);
const WRITE_STALL_MAX: Duration = Duration::from_secs(10);
const GOODBYE_MAX: Duration = Duration::from_secs(2);
/// Any code but 1000 leaves the session for its resume token.
const COMING_BACK: u16 = 4000;
