//! What of other makes does the work of which row.

use std::path::PathBuf;

use serde::de::IgnoredAny;

use super::broker::PUSHED;
use super::{Around, Figure, Row, Target};
use crate::Result;
use crate::child::{Child, Role};
use crate::daemon::Access;
use crate::feed::Pushes;
use crate::machine::find;
use crate::parts::Bench;
use crate::peers::Peer;
use crate::peers::programs::Program;
use crate::table::Kind;
use crate::web;

/// Adds the others that do the work of a row.
pub async fn add(row: Row, bench: &mut Bench) -> Result<Row> {
    match row.slug {
        "core/local" => {
            row.peer("coralstack-cmd-ipc", Peer::CoralstackHere, vec![])
                .await
        }
        slug if slug.starts_with("core/memory") => {
            let peer = Peer::CoralstackBeside { pending: 0 };
            row.peer("coralstack-cmd-ipc", peer, vec![]).await
        }
        "core/pending" => pending(row).await,
        "core/events" => {
            let peer = Peer::CoralstackEvents { channels: 100 };
            let row = row.peer("coralstack-cmd-ipc", peer, vec![]).await?;
            Ok(row.target(Target::AtLeast(8.0)))
        }
        slug if slug.starts_with("core/unix") => unix(row, bench).await,
        slug if slug.starts_with("core/websocket") => websocket(row).await,
        slug if slug.starts_with("core/daemon") => daemon(row, bench).await,
        "broker/durable-64" => {
            let row = jetstream(row, bench).await?;
            npm_sends(row, bench).await
        }
        "broker/pushed" => npm_pushes(row, bench).await,
        _ => Ok(row),
    }
}

impl Row {
    async fn peer(self, name: &str, peer: Peer, around: Vec<Around>) -> Result<Self> {
        let work = self.work.clone();
        self.peer_as(name, Role::Peer { peer, work }, around).await
    }

    async fn peer_as(self, name: &str, role: Role, around: Vec<Around>) -> Result<Self> {
        let mut row = self.side(name, role, around).await?;
        if let Some(last) = row.sides.last_mut() {
            last.kind = Kind::Peer;
        }
        Ok(row)
    }
}

async fn serve(peer: Peer, threads: usize) -> Result<Around> {
    let (child, _) = Child::ready::<IgnoredAny>(&Role::PeerServes(peer), threads).await?;
    Ok(child.into())
}

async fn pending(row: Row) -> Result<Row> {
    let with = |pending| Peer::CoralstackBeside { pending };
    let work = row.work.clone();
    let row = row
        .peer("coralstack-cmd-ipc, 50,000 pending", with(50_000), vec![])
        .await?;
    // Not the same work, so nobody to be ahead of us: it shows what being pending costs there.
    let peer = with(0);
    let alone = Role::Peer { peer, work };
    row.side("coralstack-cmd-ipc, none pending", alone, vec![])
        .await
}

async fn unix(mut row: Row, bench: &mut Bench) -> Result<Row> {
    let folder = bench.sub("peers")?;
    for (name, peer) in [
        (
            "tarpc, bincode",
            Peer::Tarpc {
                path: folder.join("bincode"),
                json: false,
            },
        ),
        (
            "tarpc, JSON",
            Peer::Tarpc {
                path: folder.join("json"),
                json: true,
            },
        ),
        ("zbus, peer to peer", Peer::ZbusDirect(folder.join("zbus"))),
        ("tonic", Peer::Grpc(folder.join("grpc"))),
    ] {
        let around = vec![serve(peer.clone(), row.threads).await?];
        row = row.peer(name, peer, around).await?;
    }
    Ok(row)
}

async fn websocket(row: Row) -> Result<Row> {
    let role = Role::PeerServes(Peer::JsonRpc(String::new()));
    let (server, address) = Child::ready(&role, 1).await?;
    let aimed = row.figure == Figure::Rate;
    let row = row
        .peer("jsonrpsee", Peer::JsonRpc(address), vec![server.into()])
        .await?;
    Ok(if aimed {
        row.target(Target::AtLeast(2.5))
    } else {
        row
    })
}

async fn daemon(mut row: Row, bench: &mut Bench) -> Result<Row> {
    // What NATS takes at most is 1 MiB, which a text of that length and its quotes are over.
    if row.work.payload < 1 << 20 {
        row = match bench.nats() {
            Some(program) => nats_server(row, program, bench).await?,
            None => {
                bench.skip("nats-server", "there is none")?;
                row
            }
        };
    }
    match find("dbus-daemon") {
        Some(program) => {
            let bus = Program::dbus(&program, &bench.sub("dbus")?).await?;
            let peer = Peer::ZbusBus(bus.address.clone());
            let around = vec![serve(peer.clone(), 1).await?, Around::Program(bus)];
            row.peer("zbus, dbus-daemon", peer, around).await
        }
        None => {
            bench.skip("dbus-daemon", "there is none on the `PATH`")?;
            Ok(row)
        }
    }
}

async fn nats_server(row: Row, program: PathBuf, bench: &mut Bench) -> Result<Row> {
    let server = Program::nats(&program, &bench.sub("nats")?, false).await?;
    let peer = Peer::Nats(server.address.clone());
    let around = vec![serve(peer.clone(), 1).await?, Around::Program(server)];
    row.peer("async-nats", peer, around).await
}

async fn jetstream(row: Row, bench: &mut Bench) -> Result<Row> {
    let Some(program) = bench.nats() else {
        bench.skip("JetStream", "there is no nats-server")?;
        return Ok(row);
    };
    let server = Program::nats(&program, &bench.sub("jetstream")?, true).await?;
    let peer = Peer::JetStream(server.address.clone());
    let row = row
        .peer(
            "JetStream, sync always",
            peer,
            vec![Around::Program(server)],
        )
        .await?;
    Ok(row.target(Target::AtLeast(2.5)))
}

/// Starts the npm broker as the client of a cloud. Returns both, where the broker is, and where the cloud takes orders.
async fn npm(row: &Row, bench: &mut Bench) -> Result<Option<(Vec<Around>, Access, PathBuf)>> {
    let Some(npm) = bench.npm() else {
        bench.skip("the npm broker", "it is not installed")?;
        return Ok(None);
    };
    let folder = bench.sub("npm")?;
    let network = folder.join("network");
    let cloud = Peer::Cloud {
        network: network.clone(),
        payload: row.work.payload,
    };
    let (cloud, address) = Child::ready::<String>(&Role::PeerServes(cloud), 1).await?;
    let (broker, access) = Program::npm(&npm, &folder, &address).await?;
    Ok(Some((
        vec![Around::Program(broker), cloud.into()],
        access,
        network,
    )))
}

async fn npm_sends(row: Row, bench: &mut Bench) -> Result<Row> {
    let Some((around, access, _)) = npm(&row, bench).await? else {
        return Ok(row);
    };
    let sends = Role::Sends(web::Sends {
        access,
        to: web::To::Network("peer".to_owned()),
        work: row.work.clone(),
    });
    let row = row
        .peer_as("npm broker, not durable", sends, around)
        .await?;
    Ok(row.target(Target::AtLeast(2.5)))
}

async fn npm_pushes(row: Row, bench: &mut Bench) -> Result<Row> {
    let Some((around, access, network)) = npm(&row, bench).await? else {
        return Ok(row);
    };
    let pushes = Role::Pushes(Pushes {
        access,
        network,
        count: PUSHED,
    });
    let row = row.peer_as("npm broker", pushes, around).await?;
    Ok(row.target(Target::AtLeast(8.0)))
}
