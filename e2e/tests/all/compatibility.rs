//! "Code written for the upstream crate compiles with the crate name changed": one source text, compiled against both.

#[allow(clippy::useless_conversion)] // upstream's payload slots are plain values
mod on_upstream {
    use coralstack_cmd_ipc as ipc;
    include!("program.rs");
}

mod on_cmdbus {
    use cmdbus as ipc;
    include!("program.rs");
}

#[tokio::test]
async fn the_same_program_does_the_same_on_both_crates() {
    let theirs = crate::support::soon(on_upstream::run()).await;
    let ours = crate::support::soon(on_cmdbus::run()).await;
    let line = |lines: &[String], n: usize| lines.get(n).cloned().unwrap_or_default();
    let differences: Vec<String> = (0..ours.len().max(theirs.len()))
        .map(|n| (line(&ours, n), line(&theirs, n)))
        .filter(|(ours, theirs)| ours != theirs)
        .map(|(ours, theirs)| format!("cmdbus:   {ours}\nupstream: {theirs}"))
        .collect();
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    assert_eq!(ours.last().unwrap(), "the end");
}
