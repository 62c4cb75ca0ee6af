//! The memory channel has no bytes, and runs the part of the suite that needs none.

use cmdbus::InMemoryChannel;
use cmdbus::channel::ChannelLimits;

use crate::suite::{Pair, Transport};

struct Memory;

impl Transport for Memory {
    async fn pair(_: ChannelLimits) -> Pair {
        let (a, b) = InMemoryChannel::pair("a", "b");
        (a, b)
    }
}

pair_suite!(Memory);
