//! The echo of benches/echo.rs in flowcat: its WebSocket transport and its mu-law serializer, with nothing between in and out.

use flowcat_core::serializer::PlivoSerializer;
use flowcat_core::transport::{MediaIn, MediaTransport, WsCarrierTransport, WsMediaTransport};
use tokio::net::{TcpListener, TcpStream};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback can be bound");
    println!("ws://{}/", listener.local_addr().expect("it is bound"));
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(call(stream));
    }
}

async fn call(stream: TcpStream) {
    stream.set_nodelay(true).expect("it is a socket");
    let Ok(socket) = tokio_tungstenite::accept_async(stream).await else { return };
    let mut line = WsCarrierTransport::new(WsMediaTransport::new(socket), PlivoSerializer::new(8000));
    while let Some(event) = line.recv().await {
        match event {
            MediaIn::Audio(sound) => {
                if line.send_audio(sound).await.is_err() {
                    return;
                }
            }
            MediaIn::StreamStart { .. } => {}
            MediaIn::Stop => return,
        }
    }
}
