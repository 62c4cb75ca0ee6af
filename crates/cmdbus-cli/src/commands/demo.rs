//! `cmdbus demo`
use crate::args::{Demo, DemoWorker, Global};
use crate::exit::Result;
pub(crate) async fn run(_: &Demo) -> Result<u8> {
    Ok(0)
}
pub(crate) async fn worker(_: &Global, _: &DemoWorker) -> Result<u8> {
    Ok(0)
}
