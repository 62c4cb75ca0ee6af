//! `attach-sockets`: what attached clients cost that are only there, and what they cost a call through one of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use cmdbus_attach::client::{
    Address, Answers, AttachClient, ClientConfig, ClientEvent, Peer, Reply,
};
use cmdbus_attach::frame::{CommandsShown, Declared, ServerRequest, ServerState, Target};
use cmdbus_mcp::rpc::{RpcError, codes, raw};
use futures_util::FutureExt as _;
use futures_util::future::{pending, ready};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::mpsc::unbounded_channel;

use super::Bench;
use crate::child::{Child, Parent, Role};
use crate::daemon::{Access, Home};
use crate::mcp::{ANSWER, Endpoint, Era, LEGACY, MODERN, TOOL};
use crate::pairs::{Pairs, Round};
use crate::{Result, machine};

const SOCKETS: usize = 1000;
const PAIRS: usize = 2000;
const SERVER: &str = "bench";

/// How long what was begun may take to end before it is measured.
const SETTLE: Duration = Duration::from_secs(5);

/// Attaching clients of one process, each with a socket, an id, a server and a tool.
#[derive(Serialize, Deserialize)]
pub struct Sockets {
    gateway: Access,
    count: usize,
    era: Era,
}

impl Sockets {
    /// Is a child that is attached. It is ready when the tools of all have been asked for.
    pub async fn run(self, mut parent: Parent) -> Result {
        let address = Address::parse(&format!("http://{}", self.gateway.address))?;
        let listed = Arc::new(AtomicUsize::new(0));
        for n in 0..self.count {
            let token = self.gateway.token.clone();
            let config = ClientConfig::new(
                address.clone(),
                Arc::new(move || Some(token.clone())),
                Some(id(n)),
            );
            let server = OneTool {
                era: self.era,
                listed: listed.clone(),
            };
            let (tell, mut told) = unbounded_channel();
            let hears = move |event| {
                let _ = tell.send(event);
            };
            let client = AttachClient::new(config, Arc::new(server), Arc::new(hears));
            tokio::spawn(async move { client.run(pending()).await });
            loop {
                match told.recv().await.ok_or("a client has ended")? {
                    ClientEvent::Attached { .. } => break,
                    ClientEvent::Connected { .. } => {}
                    other => return Err(format!("a client is not attached: {other:?}").into()),
                }
            }
        }
        while listed.load(Ordering::Relaxed) < self.count {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        while parent.told(&()).await? {}
        Ok(())
    }
}

fn id(n: usize) -> String {
    format!("socket-{n}")
}

/// An MCP server with one tool.
struct OneTool {
    era: Era,
    /// How often tools were asked for.
    listed: Arc<AtomicUsize>,
}

impl OneTool {
    fn answer(&self, method: &str) -> Option<Value> {
        Some(match method {
            "initialize" => json!({
                "protocolVersion": LEGACY, "capabilities": {"tools": {}},
                "serverInfo": {"name": "bench", "version": "1"},
            }),
            "tools/list" => {
                self.listed.fetch_add(1, Ordering::Relaxed);
                let schema =
                    json!({"type": "object", "properties": {"number": {"type": "integer"}}});
                let tool = json!({"name": TOOL, "description": "Answers", "inputSchema": schema});
                json!({"resultType": "complete", "tools": [tool]})
            }
            "tools/call" => {
                json!({"resultType": "complete", "content": [{"type": "text", "text": ANSWER}]})
            }
            _ => return None,
        })
    }
}

impl Answers for OneTool {
    fn servers(&self) -> Vec<Declared> {
        let revision = match self.era {
            Era::Legacy => LEGACY,
            Era::Modern => MODERN,
        };
        vec![Declared {
            target: Target::Named {
                name: SERVER.to_owned(),
            },
            transport: "stdio".to_owned(),
            eras: vec![revision.to_owned()],
            state: ServerState::Ready,
            detail: None,
            isolation: "shared".to_owned(),
            capabilities: None,
            args: Vec::new(),
            headers: Vec::new(),
            expose: CommandsShown::default(),
        }]
    }

    fn rpc(&self, request: ServerRequest, _peer: &Peer) -> Reply {
        let method = request.method.unwrap_or_default();
        if method == "subscriptions/listen" {
            // For as long as it is attached.
            return pending().boxed();
        }
        let answer = self.answer(&method).map(|answer| raw(&answer));
        ready(answer.ok_or_else(|| RpcError::new(codes::METHOD_NOT_FOUND, method))).boxed()
    }
}

pub async fn run(bench: &mut Bench) -> Result {
    bench.figures.part("attach-sockets")?;
    for (era, shown) in [(Era::Modern, "modern"), (Era::Legacy, "legacy")] {
        memory(bench, era, shown).await?;
        calls(bench, era, shown).await?;
    }
    Ok(())
}

async fn attach(home: &Home, count: usize, era: Era) -> Result<(Access, Child)> {
    let gateway = home.gateway().await?;
    let sockets = Sockets {
        gateway: gateway.clone(),
        count,
        era,
    };
    Ok((gateway, Child::start(&Role::Sockets(sockets)).await?))
}

/// Measures what a daemon grows by.
async fn memory(bench: &mut Bench, era: Era, shown: &str) -> Result {
    let (mut each, mut own) = (Vec::new(), Vec::new());
    for rep in 0..bench.reps {
        let home = bench.home(&format!("attach-memory-{shown}-{rep}")).await?;
        let (daemon, _) = home.start().await?;
        tokio::time::sleep(SETTLE).await;
        let pid = daemon.pid();
        let before = (machine::resident(pid)?, machine::resident_own(pid)?);
        let (_, child) = attach(&home, SOCKETS, era).await?;
        tokio::time::sleep(SETTLE).await;
        each.push((machine::resident(pid)? - before.0) / SOCKETS as f64);
        own.push((machine::resident_own(pid)? - before.1) / SOCKETS as f64);
        child.stop().await?;
        daemon.stop().await?;
    }
    let name = format!("{shown}: resident, each of {SOCKETS} idle sockets");
    let figures = &mut bench.figures;
    figures.median(&name, "KiB", &each)?;
    figures.median("  without pages of files", "KiB", &own)?;
    Ok(())
}

/// Measures calls through one of many sockets beside calls through the only one.
async fn calls(bench: &mut Bench, era: Era, shown: &str) -> Result {
    let few = bench.home(&format!("attach-few-{shown}")).await?;
    let many = bench.home(&format!("attach-many-{shown}")).await?;
    let (few_daemon, _) = few.start().await?;
    let (many_daemon, _) = many.start().await?;
    let (few_gateway, few_child) = attach(&few, 1, era).await?;
    let (many_gateway, many_child) = attach(&many, SOCKETS, era).await?;
    let pairs = Pairs {
        places: [
            Endpoint::attached(&few_gateway, &id(0), SERVER),
            Endpoint::attached(&many_gateway, &id(SOCKETS / 2), SERVER),
        ],
        era,
        count: PAIRS,
    };
    let mut child = Child::start(&Role::Pairs(pairs)).await?;
    child.round::<Round>().await?;
    let mut rounds = Vec::new();
    for _ in 0..bench.reps {
        rounds.push(child.round::<Round>().await?);
    }
    for child in [child, few_child, many_child] {
        child.stop().await?;
    }
    few_daemon.stop().await?;
    many_daemon.stop().await?;
    let p50 = |place: usize| {
        rounds
            .iter()
            .map(|round| round.places[place][0])
            .collect::<Vec<_>>()
    };
    let (few, many) = (p50(0), p50(1));
    let figures = &mut bench.figures;
    figures.median(
        &format!("{shown}: call through the only socket, p50"),
        "µs",
        &few,
    )?;
    figures.median(
        &format!("  call through one of {SOCKETS}, p50"),
        "µs",
        &many,
    )?;
    figures.ratio("  one of many, to the only one", &many, &few)?;
    Ok(())
}
