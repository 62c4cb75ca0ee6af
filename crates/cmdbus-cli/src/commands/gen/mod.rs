//! `cmdbus gen`

mod source;

use std::io::Write;
use std::path::Path;

use cmdbus_gen::{Document, Language, Options, generate};

pub(super) use self::source::Source;
use crate::args::{Gen, GenLanguage, GenOutput, Global, Style};
use crate::exit::{self, Error, Result};
use crate::output;

/// Longest prefix.
const MAX_PREFIX: usize = 256;

pub(crate) async fn run(global: &Global, args: &Gen) -> Result<u8> {
    let (language, output) = match &args.language {
        GenLanguage::Typescript(args) => match args.style {
            Style::Client => (Language::TypeScript, &args.output),
            Style::Valibot => (Language::Valibot, &args.output),
        },
        GenLanguage::Python(output) => (Language::Python, output),
        GenLanguage::Rust(output) => (Language::Rust, output),
    };
    if let Some(prefix) = &output.prefix
        && (prefix.is_empty() || prefix.starts_with('_') || prefix.len() > MAX_PREFIX)
    {
        return Err(Error::usage(
            "`--prefix` is 1 to 256 bytes long and does not begin with `_`",
        ));
    }
    let source = match &output.from {
        Some(from) => Source::parse(from)?,
        None => Source::Bus(Box::new(global.clone())),
    };
    let document = source.read().await?;
    if document.commands.is_empty() {
        output::note("there are no commands, so the client has none either");
    }
    let options = Options {
        source: Some(source.name()),
        prefix: output.prefix.clone(),
    };
    let text = generate(&document, language, &options);
    finish(output, &text, &document)
}

/// Does with the text what was asked for.
fn finish(args: &GenOutput, text: &str, document: &Document) -> Result<u8> {
    let Some(path) = args
        .output
        .as_deref()
        .filter(|path| *path != Path::new("-"))
    else {
        output::line(text.trim_end())?;
        return Ok(0);
    };
    let found = match std::fs::read(path) {
        Ok(bytes) => Some(bytes),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(Error::io("read", path, error)),
    };
    let same = found
        .as_deref()
        .is_some_and(|found| says_the_same(found, text));
    let shown = output::printable_line(&path.display().to_string());
    if args.check {
        if same {
            output::note(&format!("`{shown}` is up to date"));
            return Ok(0);
        }
        let message = match found {
            None => format!("`{shown}` does not exist; run the same without `--check` to write it"),
            Some(_) => {
                format!("`{shown}` is stale; run the same without `--check` to write it anew")
            }
        };
        return Err(Error::new(exit::FAILURE, message));
    }
    let count = count(document.commands.len(), "command");
    if found.is_some() && same {
        output::note(&format!("`{shown}` is up to date ({count})"));
        return Ok(0);
    }
    write(path, text).map_err(|error| Error::io("write", path, error))?;
    output::note(&format!("wrote `{shown}` ({count})"));
    Ok(0)
}

/// Returns so many of something, in words.
pub(super) fn count(number: usize, what: &str) -> String {
    match number {
        1 => format!("1 {what}"),
        _ => format!("{number} {what}s"),
    }
}

/// Returns whether a file is what would be written, wherever the list of commands was read from: a file that was
/// made from a bus may well be checked against a saved list.
fn says_the_same(found: &[u8], text: &str) -> bool {
    let Ok(found) = std::str::from_utf8(found) else {
        return false;
    };
    let lines = |text: &'_ str| -> Vec<String> {
        let is_origin = |line: &&str| {
            line.trim_start_matches(['/', '#', '!', ' '])
                .starts_with("Generated from:")
        };
        // Only the head of a file says where it came from. Line ends may have become those of another system.
        let (head, rest): (Vec<&str>, Vec<&str>) = (
            text.lines().take(5).collect(),
            text.lines().skip(5).collect(),
        );
        head.into_iter()
            .filter(|line| !is_origin(line))
            .chain(rest)
            .map(str::to_owned)
            .collect()
    };
    lines(found) == lines(text)
}

/// Writes a file whole: who reads it meanwhile sees the old one or the new one.
fn write(path: &Path, text: &str) -> std::io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    std::fs::create_dir_all(folder)?;
    // A file that somebody linked here, or that is no file at all, stays what it is.
    let plain = match std::fs::symlink_metadata(path) {
        Ok(found) => found.is_file(),
        Err(_) => true,
    };
    if !plain {
        return std::fs::write(path, text);
    }
    let mut builder = tempfile::Builder::new();
    let permissions = std::fs::metadata(path).map(|found| found.permissions());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // Sources are for everybody who may read the folder, unless the file that is there says otherwise.
        builder.permissions(permissions.unwrap_or_else(|_| std::fs::Permissions::from_mode(0o666)));
    }
    #[cfg(not(unix))]
    drop(permissions);
    let mut file = builder.prefix(".cmdbus-gen").tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_the_list_came_from_makes_no_file_stale() {
        let text = "// Made\n// Generated from: a\nx\ny\nz\nq\n";
        assert!(says_the_same(text.replace(": a", ": b").as_bytes(), text));
        assert!(says_the_same(text.replace('\n', "\r\n").as_bytes(), text));
        assert!(!says_the_same(text.replace('y', "Y").as_bytes(), text));
        assert!(!says_the_same(b"\xff", text));
    }

    #[test]
    fn folders_are_made_and_permissions_stay() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b.ts");
        write(&path, "1").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "1");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
            write(&path, "2").unwrap();
            let mode = std::fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o640);
            let link = folder.path().join("link.ts");
            std::os::unix::fs::symlink(&path, &link).unwrap();
            write(&link, "3").unwrap();
            assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
            assert_eq!(std::fs::read_to_string(&path).unwrap(), "3");
        }
        // Nothing is left beside it.
        assert_eq!(
            std::fs::read_dir(folder.path().join("a")).unwrap().count(),
            1
        );
    }
}
