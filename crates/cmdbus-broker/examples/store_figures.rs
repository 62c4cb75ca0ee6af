//! What the store costs on this machine:
//!
//! ```text
//! cargo run --release -p cmdbus-broker --example store_figures [FOLDER]
//! ```
//!
//! The folder should be on the disk that matters; the default is the system's temporary one. Each step is a
//! send: a message of 1 KiB, its place in a queue, and its correlation id in a ring.

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use cmdbus_broker::store::{
    Batch, Epoch, InboxReason, InboxRow, MessageRow, Op, Pos, Private, QueueRow, RingRow, Seq,
    SqliteStore, Store, Writer, WriterHandle, WriterOptions,
};

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

const CONTENT: usize = 1024;
const ENDPOINTS: u64 = 20;

fn main() -> Result {
    let folder = match std::env::args_os().nth(1) {
        Some(folder) => tempfile::tempdir_in(folder)?,
        None => tempfile::tempdir()?,
    };
    println!("folder {}", folder.path().display());
    sync_alone(folder.path())?;
    lone_steps(&folder.path().join("lone"))?;
    producers(&folder.path().join("producers"))?;
    loading(&folder.path().join("loading"))?;
    growth(&folder.path().join("growth"))
}

/// A number that is different for each `n` and has no order, as random ids are.
fn scattered(n: u64) -> u64 {
    let mut x = n
        .wrapping_add(0x9e37_79b9_7f4a_7c15)
        .wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x ^= x >> 27;
    x = x.wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

fn message(seq: u64) -> MessageRow {
    let (id, sender) = (
        format!("msg_{seq:026}"),
        format!("endpoint:ep_{:026}", (seq + 1) % ENDPOINTS),
    );
    let to = format!("endpoint:ep_{:026}", seq % ENDPOINTS);
    let mut row = MessageRow::new(Seq(seq), id, sender, to, "x".repeat(CONTENT), 0);
    row.correlation = Some(format!("{:016x}-{:016x}", scattered(seq), scattered(!seq)));
    row.metadata = Private::from(r#"{"correlation_id":"0c4a2f1e-77aa-4f0e-9b6d-1c2d3e4f5a6b"}"#);
    row
}

fn send(seq: u64) -> Vec<Op> {
    let mut row = message(seq);
    let endpoint = format!("ep_{:026}", seq % ENDPOINTS);
    let place = QueueRow::new(endpoint.as_str(), Pos(seq), Seq(seq), row.size());
    row.receipt.endpoint = Some(endpoint.as_str().into());
    let correlation = row.correlation.clone().unwrap_or_default();
    let ring = RingRow {
        endpoint: format!("ep_{:026}", (seq + 1) % ENDPOINTS).into(),
        n: seq / ENDPOINTS,
        correlation,
    };
    vec![Op::message(row), Op::QueuePush(place), Op::RingPut(ring)]
}

fn undispatched(seq: u64) -> Vec<Op> {
    let row = message(seq);
    let mut record = InboxRow::new(
        Seq(seq),
        row.id.as_str(),
        InboxReason::Unaddressed,
        row.size(),
    );
    record.correlation.clone_from(&row.correlation);
    vec![Op::message(row), Op::InboxPut(record)]
}

/// Sorted times, as median, 99th of a hundred, and longest.
fn spread(mut times: Vec<Duration>) -> String {
    times.sort_unstable();
    let at = |part: usize| times[(times.len() - 1) * part / 100];
    format!(
        "median {:?}, 99 % {:?}, longest {:?}",
        at(50),
        at(99),
        at(100)
    )
}

/// What the disk takes for the least that is durable.
fn sync_alone(folder: &Path) -> Result {
    let mut file = File::create(folder.join("sync"))?;
    file.write_all(&vec![0; 1024 * 1024])?;
    file.sync_all()?;
    for (name, whole) in [("fdatasync", false), ("fsync", true)] {
        let mut times = Vec::new();
        for n in 0..200_u64 {
            let begun = Instant::now();
            file.seek(SeekFrom::Start(n % 256 * 4096))?;
            file.write_all(&[1; 4096])?;
            if whole {
                file.sync_all()?
            } else {
                file.sync_data()?
            }
            times.push(begun.elapsed());
        }
        println!("4 KiB and {name}: {}", spread(times));
    }
    Ok(())
}

fn start(folder: &Path) -> Result<(Writer, WriterHandle, Epoch)> {
    let writer = Writer::start(
        Box::new(SqliteStore::open(folder)?),
        WriterOptions::default(),
        |_| {},
    )?;
    let handle = writer.handle();
    let (tell, told) = mpsc::channel();
    handle.load(move |loaded| drop(tell.send(loaded)));
    let (_, epoch) = told.recv()??;
    Ok((writer, handle, epoch))
}

fn step(handle: &WriterHandle, epoch: Epoch, ops: Vec<Op>) -> Result {
    let (tell, told) = mpsc::sync_channel(1);
    handle.submit(Batch::new(epoch, ops, move |result| {
        let _ = tell.send(result);
    }));
    Ok(told.recv()??)
}

fn lone_steps(folder: &Path) -> Result {
    let (writer, handle, epoch) = start(folder)?;
    let mut times = Vec::new();
    for seq in 1..=2_000 {
        let ops = send(seq);
        let begun = Instant::now();
        step(&handle, epoch, ops)?;
        times.push(begun.elapsed());
    }
    println!(
        "lone step, from handing over to being told: {}",
        spread(times)
    );
    Ok(writer.stop()?)
}

fn producers(folder: &Path) -> Result {
    for count in [1, 32, 256] {
        let (writer, handle, epoch) = start(&folder.join(count.to_string()))?;
        let next = Arc::new(AtomicU64::new(1));
        let begun = Instant::now();
        let until = begun + Duration::from_secs(4);
        let threads: Vec<_> = (0..count)
            .map(|_| {
                let (handle, next) = (handle.clone(), next.clone());
                std::thread::spawn(move || {
                    let mut times = Vec::new();
                    while Instant::now() < until {
                        let ops = send(next.fetch_add(1, Ordering::Relaxed));
                        let begun = Instant::now();
                        step(&handle, epoch, ops).expect("it is stored");
                        times.push(begun.elapsed());
                    }
                    times
                })
            })
            .collect();
        let mut times = Vec::new();
        for thread in threads {
            times.extend(thread.join().map_err(|_| "a producer panicked")?);
        }
        let rate = times.len() as f64 / begun.elapsed().as_secs_f64();
        println!(
            "{count:>3} producers: {rate:.0} appends/s, {}",
            spread(times)
        );
        writer.stop()?;
    }
    Ok(())
}

/// Fills a store as fast as it goes.
fn fill(store: &mut SqliteStore, from: u64, to: u64, step: impl Fn(u64) -> Vec<Op>) -> Result {
    let mut seq = from;
    while seq <= to {
        let end = to.min(seq + 4_999);
        let ops: Vec<Op> = (seq..=end).flat_map(&step).collect();
        store.commit(&ops)?;
        store.maintain(true);
        seq = end + 1;
    }
    Ok(())
}

fn loading(folder: &Path) -> Result {
    let mut store = SqliteStore::open(folder)?;
    fill(&mut store, 1, 50_000, send)?;
    fill(&mut store, 50_001, 100_000, undispatched)?;
    let close: Box<dyn Store> = Box::new(store);
    close.close()?;
    for _ in 0..3 {
        let begun = Instant::now();
        let mut store = SqliteStore::open(folder)?;
        let opened = begun.elapsed();
        let loaded = store.load()?;
        println!(
            "100 000 messages ({} queues, {} in the inbox): open {opened:?}, open and load {:?}",
            loaded.queues.len(),
            loaded.inbox.len(),
            begun.elapsed()
        );
    }
    Ok(())
}

/// What a step costs when so many others are queued already.
fn growth(folder: &Path) -> Result {
    let mut store = SqliteStore::open(folder)?;
    let mut seq = 0;
    for queued in [1_u64, 10_000, 1_000_000] {
        fill(&mut store, seq + 1, queued, send)?;
        seq = seq.max(queued);
        let close: Box<dyn Store> = Box::new(store);
        close.close()?;
        store = SqliteStore::open(folder)?;
        for (name, steps, rounds) in [("lone", 1, 1_000), ("in groups of 32", 32, 200)] {
            let mut times = Vec::new();
            for _ in 0..rounds {
                let ops: Vec<Op> = (seq + 1..=seq + steps).flat_map(send).collect();
                seq += steps;
                let begun = Instant::now();
                store.commit(&ops)?;
                times.push(begun.elapsed() / u32::try_from(steps)?);
                store.maintain(true);
            }
            let mean = times.iter().sum::<Duration>() / u32::try_from(times.len())?;
            println!(
                "{queued:>9} queued, step {name}: mean {mean:?}, {}",
                spread(times)
            );
        }
    }
    Ok(())
}
