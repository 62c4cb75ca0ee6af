//! Between processes: lines over a Unix socket, echoed by a server, with and without one in between that passes them on.
//!
//! The client keeps a window of requests under way on one connection from one task, and both ends read and write as much
//! as there is at a time: nobody who speaks over a socket gets by with less.

use std::future::poll_fn;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::task::Poll;
use std::time::Instant;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{UnixListener, UnixStream};

use crate::Result;
use crate::child::Parent;
use crate::load::{Round, Work};
use crate::text::{Echo, Text};

/// How much is read at a time.
const CHUNK: usize = 256 << 10;
/// An id as our messages have one.
const ID: &str = "9b2f6a0e-6f0f-4f53-8a0b-0d5d4d7f2c11";

/// What a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Lines {
    /// The messages that we write, decoded and encoded at both ends.
    Messages,
    /// The payload of those alone, decoded and encoded at both ends.
    Payloads,
    /// The messages that we write, as bytes.
    Bytes,
}

/// Where a server or a relay listens, and what for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Server {
    Echo(Lines),
    /// Passes everything on to whoever listens there.
    Relay(PathBuf),
}

#[derive(Serialize, Deserialize)]
struct Request<'a> {
    r#type: &'a str,
    id: &'a str,
    #[serde(rename = "commandId")]
    command_id: &'a str,
    request: Text,
}

#[derive(Serialize, Deserialize)]
struct Response<'a> {
    r#type: &'a str,
    id: &'a str,
    thid: &'a str,
    response: Outcome,
}

#[derive(Serialize, Deserialize)]
struct Outcome {
    ok: bool,
    result: Text,
}

impl Lines {
    /// Appends a request.
    fn ask(self, text: Text, out: &mut Vec<u8>) -> Result {
        match self {
            Self::Messages | Self::Bytes => serde_json::to_writer(
                &mut *out,
                &Request {
                    r#type: "execute.command.request",
                    id: ID,
                    command_id: <Echo as cmdbus::Command>::ID,
                    request: text,
                },
            )?,
            Self::Payloads => serde_json::to_writer(&mut *out, &text)?,
        }
        out.push(b'\n');
        Ok(())
    }

    /// Reads a request and appends its answer.
    fn answer(self, line: &[u8], out: &mut Vec<u8>) -> Result {
        match self {
            Self::Messages => {
                let request: Request<'_> = serde_json::from_slice(line)?;
                let response = Response {
                    r#type: "execute.command.response",
                    id: ID,
                    thid: request.id,
                    response: Outcome {
                        ok: true,
                        result: request.request,
                    },
                };
                serde_json::to_writer(&mut *out, &response)?;
            }
            Self::Payloads => {
                let text: Text = serde_json::from_slice(line)?;
                serde_json::to_writer(&mut *out, &text)?;
            }
            Self::Bytes => out.extend_from_slice(line),
        }
        out.push(b'\n');
        Ok(())
    }

    /// Reads an answer.
    fn read(self, line: &[u8]) -> Result<Option<Text>> {
        Ok(match self {
            Self::Messages => {
                let response: Response<'_> = serde_json::from_slice(line)?;
                Some(response.response.result)
            }
            Self::Payloads => Some(serde_json::from_slice(line)?),
            Self::Bytes => None,
        })
    }
}

impl Server {
    /// Listens until the parent ends.
    pub async fn run(self, path: &Path, mut parent: Parent) -> Result {
        let listener = UnixListener::bind(path)?;
        let accepting = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await?;
                tokio::spawn(self.clone().serve(stream));
            }
            #[allow(unreachable_code)] // says what the block returns
            Ok::<_, std::io::Error>(())
        });
        while parent.told(&()).await? {}
        accepting.abort();
        Ok(())
    }

    async fn serve(self, mut stream: UnixStream) -> Result {
        match self {
            Self::Echo(Lines::Bytes) => echo_bytes(stream).await,
            Self::Echo(lines) => {
                let mut pump = Pump::new(stream);
                while pump.step().await? {
                    pump.lines(|line, out| lines.answer(line, out))?;
                }
                Ok(())
            }
            Self::Relay(to) => {
                let mut onward = UnixStream::connect(to).await?;
                tokio::io::copy_bidirectional_with_sizes(&mut stream, &mut onward, CHUNK, CHUNK)
                    .await?;
                Ok(())
            }
        }
    }
}

/// Sends back what comes, without a look at it.
async fn echo_bytes(mut stream: UnixStream) -> Result {
    let (mut reader, mut writer) = stream.split();
    let mut reader = tokio::io::BufReader::with_capacity(CHUNK, &mut reader);
    tokio::io::copy_buf(&mut reader, &mut writer).await?;
    Ok(())
}

/// Asks in rounds until the parent ends.
pub async fn ask(path: &Path, lines: Lines, work: Work, mut parent: Parent) -> Result {
    let mut pump = Pump::new(UnixStream::connect(path).await?);
    let mut round = Round::default();
    while parent.told(&round).await? {
        let work = work.clone();
        // A task: what runs outside of one is woken by way of another thread, if there are several.
        let asking = tokio::spawn(async move {
            let round = Round::of(window(&mut pump, lines, &work)).await?;
            Ok::<_, crate::Error>((pump, round))
        });
        (pump, round) = asking.await??;
    }
    Ok(())
}

/// Keeps requests under way for as long as a round takes, and waits for the last answers.
async fn window(pump: &mut Pump, lines: Lines, work: &Work) -> Result<(u64, Vec<f64>)> {
    let mut template = Vec::new();
    let first = work.text();
    lines.ask(first.clone(), &mut template)?;
    let (begun, mut over) = (Instant::now(), false);
    let (mut count, mut times) = (0, Vec::new());
    let mut under_way = work.in_flight;
    for _ in 0..work.in_flight {
        pump.out.extend_from_slice(&template);
    }
    let mut clock = Instant::now();
    while under_way > 0 {
        if !pump.step().await? {
            return Err("the server has gone".into());
        }
        over |= begun.elapsed() >= work.round;
        pump.lines(|line, out| {
            count += 1;
            if let Some(text) = lines.read(line)? {
                text.answered(work.payload)?;
            }
            if work.clocked {
                // With one under way: from making the request until its answer is read.
                times.push(clock.elapsed().as_secs_f64() * 1e6);
                clock = Instant::now();
            }
            match (over, lines) {
                (true, _) => under_way -= 1,
                (false, Lines::Bytes) => out.extend_from_slice(&template),
                (false, _) => lines.ask(first.clone(), out)?,
            }
            Ok(())
        })?;
    }
    Ok((count, times))
}

/// One end of a connection: what has come and is not looked at yet, and what is to go.
struct Pump {
    stream: UnixStream,
    read: Vec<u8>,
    filled: usize,
    out: Vec<u8>,
    written: usize,
}

impl Pump {
    fn new(stream: UnixStream) -> Self {
        Self {
            stream,
            read: vec![0; CHUNK],
            filled: 0,
            out: Vec::with_capacity(CHUNK),
            written: 0,
        }
    }

    /// Writes what is to go, as far as it can be, and reads what there is; waits until something of it is possible.
    /// `false` once the other end has gone.
    async fn step(&mut self) -> Result<bool> {
        if self.filled == self.read.len() {
            self.read.resize(2 * self.filled, 0);
        }
        poll_fn(|cx| {
            while self.written < self.out.len() {
                let stream = Pin::new(&mut self.stream);
                match stream.poll_write(cx, &self.out[self.written..]) {
                    Poll::Ready(wrote) => self.written += wrote?,
                    Poll::Pending => break,
                }
            }
            if self.written == self.out.len() {
                self.out.clear();
                self.written = 0;
            }
            let mut free = ReadBuf::new(&mut self.read[self.filled..]);
            match Pin::new(&mut self.stream).poll_read(cx, &mut free) {
                Poll::Ready(read) => {
                    read?;
                    let more = free.filled().len();
                    self.filled += more;
                    Poll::Ready(Ok(more > 0))
                }
                Poll::Pending => Poll::Pending,
            }
        })
        .await
    }

    /// Takes every line that is complete.
    fn lines(&mut self, mut take: impl FnMut(&[u8], &mut Vec<u8>) -> Result) -> Result {
        let mut begin = 0;
        while let Some(length) = memchr::memchr(b'\n', &self.read[begin..self.filled]) {
            take(&self.read[begin..begin + length], &mut self.out)?;
            begin += length + 1;
        }
        if begin > 0 {
            self.read.copy_within(begin..self.filled, 0);
            self.filled -= begin;
        }
        Ok(())
    }
}
