//! `cmdbus ls`

use cmdbus::bus;

use super::Client;
use crate::args::{Global, Ls};
use crate::exit::Result;
use crate::output;

pub(crate) async fn run(global: &Global, args: &Ls) -> Result<u8> {
    let client = Client::new(global).await?;
    let commands = bus::list(&client.registry, &args.pattern).await?;
    if args.json {
        output::json(&commands, false)?;
        return Ok(0);
    }
    let width = commands
        .iter()
        .map(|command| command.id.chars().count())
        .max()
        .unwrap_or(0)
        .min(40);
    for command in &commands {
        let description = command.description.as_deref().unwrap_or_default();
        let first = description.lines().next().unwrap_or_default();
        let text = format!("{:width$}  {first}", command.id);
        output::line(output::printable(&text).trim_end())?;
    }
    if commands.is_empty() {
        output::note(match args.pattern.as_str() {
            "*" => "no commands on the bus; offer one with `cmdbus provide ID -- PROG`",
            _ => "no command matches; `cmdbus ls` shows all",
        });
    }
    Ok(0)
}
