//! Standard streams: one JSON message a line.

use std::io;
use std::sync::Arc;

use rmcp::ServiceExt;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWriteExt, BufReader};
use tokio::sync::mpsc;

use crate::raw;
use crate::server::Fixture;
use crate::state::State;

/// Bytes between the streams and rmcp. A longer line passes in pieces.
const PIPE: usize = 64 << 10;
/// Lines that wait to be printed.
const LINES: usize = 64;

pub(crate) async fn serve(state: Arc<State>) -> io::Result<()> {
    let (to_print, lines) = mpsc::channel(LINES);
    let (ours, theirs) = tokio::io::duplex(PIPE);
    let (said, to_rmcp) = tokio::io::split(ours);
    let printer = tokio::spawn(print(lines));
    let forwarder = tokio::spawn(forward(said, to_print.clone()));
    let reader = tokio::spawn(read(Arc::clone(&state), to_rmcp, to_print));
    // It fails if the client leaves before it has said anything, which is its right.
    if let Ok(running) = Fixture::new(state).serve(tokio::io::split(theirs)).await {
        let _ = running.waiting().await;
    }
    reader.abort();
    // rmcp has dropped its end: what it said last is still to be printed.
    let _ = forwarder.await;
    let _ = reader.await;
    printer.await.map_err(io::Error::other)?
}

/// Reads stdin: lines that are answered by hand are, the others go to rmcp.
async fn read(
    state: Arc<State>,
    mut to_rmcp: impl AsyncWriteExt + Unpin,
    to_print: mpsc::Sender<Vec<u8>>,
) {
    let mut stdin = BufReader::new(tokio::io::stdin());
    let mut line = Vec::new();
    loop {
        line.clear();
        match stdin.read_until(b'\n', &mut line).await {
            Ok(1..) => {}
            _ => break,
        }
        let passed = match raw::answer(&line, &state.options) {
            Some(answer) => to_print.send(answer.into_lines()).await.is_ok(),
            None => to_rmcp.write_all(&line).await.is_ok(),
        };
        if !passed {
            break;
        }
    }
    // rmcp sees the end of its input.
    let _ = to_rmcp.shutdown().await;
}

/// Passes on what rmcp says.
async fn forward(said: impl AsyncRead + Unpin, to_print: mpsc::Sender<Vec<u8>>) {
    let mut said = BufReader::new(said);
    let mut line = Vec::new();
    while let Ok(1..) = said.read_until(b'\n', &mut line).await {
        if to_print.send(std::mem::take(&mut line)).await.is_err() {
            break;
        }
    }
}

/// Prints whole lines, whoever they come from.
async fn print(mut lines: mpsc::Receiver<Vec<u8>>) -> io::Result<()> {
    let mut stdout = tokio::io::stdout();
    while let Some(line) = lines.recv().await {
        stdout.write_all(&line).await?;
        stdout.flush().await?;
    }
    Ok(())
}
