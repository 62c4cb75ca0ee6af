//! Calls and events: within a process, between two, and through the daemon.

use std::path::Path;

use serde::de::IgnoredAny;

use super::{Around, Figure, PAYLOAD, Row, Target, clocked, others, work};
use crate::Result;
use crate::affinity::Cpus;
use crate::child::{Child, Role};
use crate::daemon::Access;
use crate::limits::socket::{Lines, Server};
use crate::load::Work;
use crate::ours::{Place, Provider, address};
use crate::parts::Bench;
use crate::text::Text;
use crate::web;

const CHANNELS: usize = 100;
const PENDING: usize = 50_000;

pub async fn run(bench: &mut Bench) -> Result {
    local(bench).await?;
    memory(bench).await?;
    pending(bench).await?;
    events(bench).await?;
    unix(bench).await?;
    websocket(bench).await?;
    daemon(bench).await?;
    http(bench).await
}

fn ours(place: Place, work: &Work) -> Role {
    Role::Ours {
        place,
        work: work.clone(),
    }
}

async fn local(bench: &mut Bench) -> Result {
    if !bench.wants("core/local") {
        return Ok(());
    }
    let work = work(bench, 1, PAYLOAD);
    let name = "typed call, handler in the same process, one thread";
    let row = Row::new("core/local", name, Figure::Each, work.clone())
        .side("cmdbus", ours(Place::Here, &work), vec![])
        .await?
        .side("boxed async call", Role::Boxed(work), vec![])
        .await?
        .target(Target::AtMost(3.0));
    others(row, bench).await?.measure(bench).await
}

async fn memory(bench: &mut Bench) -> Result {
    for (slug, name, in_flight, threads) in [
        (
            "core/memory-1",
            "two registries in memory, 1 in flight, one thread",
            1,
            1,
        ),
        (
            "core/memory-64",
            "two registries in memory, 64 in flight, one thread",
            64,
            1,
        ),
        (
            "core/memory-256",
            "two registries in memory, 256 in flight, one thread",
            256,
            1,
        ),
        (
            "core/memory-1-two",
            "two registries in memory, 1 in flight, two threads",
            1,
            2,
        ),
        (
            "core/memory-64-two",
            "two registries in memory, 64 in flight, two threads",
            64,
            2,
        ),
        (
            "core/memory-256-two",
            "two registries in memory, 256 in flight, two threads",
            256,
            2,
        ),
    ] {
        if !bench.wants(slug) {
            continue;
        }
        let (figure, target) = match in_flight {
            1 => (Figure::Each, Target::AtMost(2.5)),
            _ => (Figure::Rate, Target::AtLeast(0.4)),
        };
        let work = work(bench, in_flight, PAYLOAD);
        let place = Place::Beside { pending: 0 };
        let row = Row::new(slug, name, figure, work.clone())
            .threads(threads)
            .side("cmdbus", ours(place, &work), vec![])
            .await?
            .side("mpsc and oneshot", Role::Queue(work), vec![])
            .await?
            .target(target);
        others(row, bench).await?.measure(bench).await?;
    }
    Ok(())
}

async fn pending(bench: &mut Bench) -> Result {
    if !bench.wants("core/pending") {
        return Ok(());
    }
    let work = work(bench, 1, PAYLOAD);
    let with = |pending| ours(Place::Beside { pending }, &work);
    let name = "one more call in memory while 50,000 are pending, one thread";
    let row = Row::new("core/pending", name, Figure::Each, work.clone())
        .side("cmdbus, 50,000 pending", with(PENDING), vec![])
        .await?
        .side("cmdbus, none pending", with(0), vec![])
        .await?
        .target(Target::AtMost(1.1));
    others(row, bench).await?.measure(bench).await
}

async fn events(bench: &mut Bench) -> Result {
    if !bench.wants("core/events") {
        return Ok(());
    }
    let work = work(bench, 1, PAYLOAD);
    let role = Role::Events {
        channels: CHANNELS,
        work: work.clone(),
    };
    let limit = Role::Broadcast {
        receivers: CHANNELS,
        work: work.clone(),
    };
    let name = "deliveries of an event to 100 channels in memory, one thread";
    let row = Row::new("core/events", name, Figure::Rate, work)
        .side("cmdbus", role, vec![])
        .await?
        .side("broadcast to 100 tasks", limit, vec![])
        .await?;
    others(row, bench).await?.measure(bench).await
}

/// Starts a server on a plain socket.
async fn serve(path: &Path, server: Server, threads: usize) -> Result<Around> {
    let path = path.to_owned();
    let (child, _) = Child::ready::<IgnoredAny>(&Role::Serve { path, server }, threads).await?;
    Ok(child.into())
}

async fn unix(bench: &mut Bench) -> Result {
    for (slug, name, in_flight, threads, cpus) in [
        (
            "core/unix-1",
            "process to process over a Unix socket, 1 in flight, one thread each, all on one CPU",
            1,
            1,
            Cpus::One,
        ),
        (
            "core/unix-1-any",
            "process to process over a Unix socket, 1 in flight, one thread each, left to the scheduler",
            1,
            1,
            Cpus::Any,
        ),
        (
            "core/unix-64",
            "process to process over a Unix socket, 64 in flight, one thread each",
            64,
            1,
            Cpus::Any,
        ),
        (
            "core/unix-1-two",
            "process to process over a Unix socket, 1 in flight, two threads each, all on one CPU",
            1,
            2,
            Cpus::One,
        ),
        (
            "core/unix-64-two",
            "process to process over a Unix socket, 64 in flight, two threads each",
            64,
            2,
            Cpus::Any,
        ),
    ] {
        if !bench.wants(slug) {
            continue;
        }
        let (figure, work) = match in_flight {
            1 => (Figure::P50, clocked(bench)),
            _ => (Figure::Rate, work(bench, in_flight, PAYLOAD)),
        };
        let target = match (in_flight, cpus) {
            (1, Cpus::One) => Some(Target::AtMost(1.3)),
            (1, Cpus::Any) => None,
            _ => Some(Target::AtLeast(0.6)),
        };
        let _held = cpus.hold(bench)?;
        let folder = bench.sub("unix")?;
        let socket = folder.join("ours");
        let role = Role::Provide(Provider::Socket(socket.clone()));
        let (provider, _) = Child::ready::<IgnoredAny>(&role, threads).await?;
        let mut row = Row::new(slug, name, figure, work.clone())
            .threads(threads)
            .side(
                "cmdbus",
                ours(Place::Socket(socket), &work),
                vec![provider.into()],
            )
            .await?;
        for (name, lines, file) in [
            ("raw echo, typed JSON", Lines::Messages, "messages"),
            ("raw echo, payload alone", Lines::Payloads, "payloads"),
            ("raw echo, no JSON", Lines::Bytes, "bytes"),
        ] {
            let path = folder.join(file);
            let around = vec![serve(&path, Server::Echo(lines), threads).await?];
            let work = work.clone();
            row = row
                .side(name, Role::Ask { path, lines, work }, around)
                .await?;
            if lines == Lines::Messages {
                row = row.target(target);
            }
        }
        others(row, bench).await?.measure(bench).await?;
    }
    Ok(())
}

async fn websocket(bench: &mut Bench) -> Result {
    for (slug, name, in_flight) in [
        (
            "core/websocket-1",
            "process to process over a WebSocket, 1 in flight",
            1,
        ),
        (
            "core/websocket-64",
            "process to process over a WebSocket, 64 in flight",
            64,
        ),
    ] {
        if !bench.wants(slug) {
            continue;
        }
        let (figure, work) = match in_flight {
            1 => (Figure::P50, clocked(bench)),
            _ => (Figure::Rate, work(bench, in_flight, PAYLOAD)),
        };
        let (provider, url) = Child::ready(&Role::Provide(Provider::WebSocket), 1).await?;
        let row = Row::new(slug, name, figure, work.clone())
            .side(
                "cmdbus",
                ours(Place::WebSocket(url), &work),
                vec![provider.into()],
            )
            .await?;
        others(row, bench).await?.measure(bench).await?;
    }
    Ok(())
}

async fn daemon(bench: &mut Bench) -> Result {
    for (slug, name, in_flight, payload, cpus, target) in [
        (
            "core/daemon-1",
            "through the daemon, 1 in flight, all on one CPU",
            1,
            PAYLOAD,
            Cpus::One,
            Some(Target::AtMost(1.35)),
        ),
        (
            "core/daemon-1-any",
            "through the daemon, 1 in flight, left to the scheduler",
            1,
            PAYLOAD,
            Cpus::Any,
            None,
        ),
        (
            "core/daemon-64",
            "through the daemon, 64 in flight",
            64,
            PAYLOAD,
            Cpus::Any,
            Some(Target::AtLeast(0.35)),
        ),
        (
            "core/daemon-4k-64",
            "through the daemon, 4 KiB passed on as they are, 64 in flight",
            64,
            4096,
            Cpus::Any,
            Some(Target::AtLeast(0.5)),
        ),
        (
            "core/daemon-1m-8",
            "through the daemon, 1 MiB passed on as it is, 8 in flight",
            8,
            1 << 20,
            Cpus::Any,
            Some(Target::AtLeast(0.7)),
        ),
    ] {
        if !bench.wants(slug) {
            continue;
        }
        let (figure, work) = match (in_flight, payload) {
            (1, _) => (Figure::P50, clocked(bench)),
            (_, PAYLOAD | 4096) => (Figure::Rate, work(bench, in_flight, payload)),
            _ => (Figure::Volume, work(bench, in_flight, payload)),
        };
        let _held = cpus.hold(bench)?;
        let home = bench.home("bus").await?;
        let (daemon, _) = home.start().await?;
        let bus = address(&home.socket());
        let provider = Child::start(&Role::Provide(Provider::Bus(bus.clone()))).await?;
        let folder = bench.sub("relay")?;
        let (echo, relay) = (folder.join("echo"), folder.join("relay"));
        let around = vec![
            serve(&echo, Server::Echo(Lines::Bytes), 1).await?,
            serve(&relay, Server::Relay(echo), 1).await?,
        ];
        let limit = Role::Ask {
            path: relay,
            lines: Lines::Bytes,
            work: work.clone(),
        };
        // A relay does not look into what it passes on. Where that is much, neither do our ends, and it is shown what it costs if
        // they do.
        let place = match payload {
            PAYLOAD => Place::Bus(bus.clone()),
            _ => Place::Passing(bus.clone()),
        };
        let mut row = Row::new(slug, name, figure, work.clone())
            .side(
                "cmdbus",
                ours(place, &work),
                vec![provider.into(), daemon.into()],
            )
            .await?
            .side("raw relay", limit, around)
            .await?
            .target(target);
        if payload != PAYLOAD {
            row = row
                .side(
                    "cmdbus, typed at both ends",
                    ours(Place::Bus(bus), &work),
                    vec![],
                )
                .await?;
        }
        others(row, bench).await?.measure(bench).await?;
    }
    Ok(())
}

async fn http(bench: &mut Bench) -> Result {
    for (slug, name, path, connections, cpus) in [
        (
            "core/http-call",
            "POST /call/ID through the daemon, 1 in flight, all on one CPU",
            "/call/bench.echo",
            1,
            Cpus::One,
        ),
        (
            "core/http-call-any",
            "POST /call/ID through the daemon, 1 in flight, left to the scheduler",
            "/call/bench.echo",
            1,
            Cpus::Any,
        ),
        (
            "core/http-cmd",
            "POST /cmd through the daemon, 1 in flight, all on one CPU",
            "/cmd",
            1,
            Cpus::One,
        ),
        (
            "core/http-cmd-any",
            "POST /cmd through the daemon, 1 in flight, left to the scheduler",
            "/cmd",
            1,
            Cpus::Any,
        ),
        (
            "core/http-call-200",
            "POST /call/ID through the daemon, 200 connections",
            "/call/bench.echo",
            200,
            Cpus::Any,
        ),
    ] {
        if !bench.wants(slug) {
            continue;
        }
        let work = work(bench, connections, PAYLOAD);
        let (figure, target) = match (connections, cpus) {
            (1, Cpus::One) => (Figure::P50, Some(Target::AtMost(2.0))),
            (1, Cpus::Any) => (Figure::P50, None),
            _ => (Figure::Rate, None),
        };
        let _held = cpus.hold(bench)?;
        let home = bench.home("http").await?;
        let (daemon, _) = home.start().await?;
        let gateway = home.gateway().await?;
        let bus = address(&home.socket());
        let provider = Child::start(&Role::Provide(Provider::Bus(bus))).await?;
        let (constant, place) = Child::ready::<String>(&Role::Constant, 2).await?;
        let text = serde_json::to_string(&Text::of(PAYLOAD))?;
        let load = |access: &Access| {
            Role::Web(web::Load {
                access: access.clone(),
                path: path.to_owned(),
                headers: match path {
                    "/cmd" => "accept: application/x-ndjson\r\n".to_owned(),
                    _ => String::new(),
                },
                body: match path {
                    "/cmd" => format!(
                        r#"{{"type":"execute.command.request","id":"9b2f6a0e-6f0f-4f53-8a0b-0d5d4d7f2c11","commandId":"bench.echo","request":{text}}}"#
                    ),
                    _ => text.clone(),
                },
                work: work.clone(),
            })
        };
        let limit = load(&Access {
            address: place,
            token: gateway.token.clone(),
        });
        let row = Row::new(slug, name, figure, work.clone())
            .side(
                "cmdbus",
                load(&gateway),
                vec![provider.into(), daemon.into()],
            )
            .await?
            .side("axum, constant answer", limit, vec![constant.into()])
            .await?
            .target(target);
        row.measure(bench).await?;
    }
    Ok(())
}
