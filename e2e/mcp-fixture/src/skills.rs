//! Skills: a folder of resources with a manifest. An extension, served so that something unusual passes through.

use rmcp::ErrorData as McpError;
use rmcp::model::{
    GetSkillResult, ListResourcesResult, ListSkillsResult, Skill, SkillFrontmatter, SkillResource,
    SkillResources,
};
use serde_json::{Value, json};

use crate::server::complete;

const NAME: &str = "tidy-up";
const DESCRIPTION: &str = "Leave nothing behind";
const FOLDER: &str = "skill://tidy-up";
const NOTES: &str = "skill://tidy-up/notes";

/// The files, by URI and text.
const FILES: [(&str, &str); 2] = [
    (
        "skill://tidy-up/SKILL.md",
        "---\nname: tidy-up\ndescription: Leave nothing behind\n---\n\nSee `notes/how.md`.\n",
    ),
    ("skill://tidy-up/notes/how.md", "With care.\n"),
];

pub(crate) fn list() -> ListSkillsResult {
    ListSkillsResult::with_all_items(vec![skill()])
}

pub(crate) fn get(uri: &str) -> Result<GetSkillResult, McpError> {
    let skill = skill();
    if skill.uri == uri {
        Ok(GetSkillResult::new(skill))
    } else {
        Err(McpError::invalid_params(format!("no skill `{uri}`"), None))
    }
}

fn skill() -> Skill {
    let files = FILES.map(|(uri, text)| SkillResource::from_bytes(uri, text.as_bytes()));
    let frontmatter = SkillFrontmatter::new(NAME, DESCRIPTION);
    Skill::new(FILES[0].0, frontmatter, SkillResources::Files(files.into()))
}

/// The manifest as one of the resources.
pub(crate) fn manifest() -> Value {
    json!({
        "uri": FILES[0].0, "name": NAME, "description": DESCRIPTION, "mimeType": "text/markdown",
    })
}

pub(crate) fn read(uri: &str) -> Option<Value> {
    let (_, text) = FILES.into_iter().find(|(known, _)| *known == uri)?;
    Some(json!({"uri": uri, "mimeType": "text/markdown", "text": text}))
}

/// Lists what is directly in a folder.
pub(crate) fn directory(uri: &str) -> Result<ListResourcesResult, McpError> {
    let how = json!({"uri": FILES[1].0, "name": "how.md", "mimeType": "text/markdown"});
    let notes = json!({"uri": NOTES, "name": "notes", "mimeType": "inode/directory"});
    let resources = match uri.trim_end_matches('/') {
        FOLDER => vec![manifest(), notes],
        NOTES => vec![how],
        _ => {
            let unknown = format!("`{uri}` is no folder");
            return Err(McpError::invalid_params(unknown, None));
        }
    };
    complete(json!({"resources": resources}))
}
