//! Tools that go on after their call was answered, for clients that know tasks.

use std::time::Duration;

use rmcp::ErrorData as McpError;
use rmcp::model::{CallToolResponse, CallToolResult, CreateTaskResult, InputRequest, Tool};
use rmcp::task_manager::{TaskContext, TaskExit, TaskFuture, TaskOptions};
use serde_json::{Value, json};
use tokio::time::sleep;

use super::{Answer, Call, failure, input, text, tool};
use crate::server::typed;

pub(super) fn list() -> Vec<Tool> {
    let string = json!({"type": "string"});
    vec![
        tool("greet", "Greets at once", json!({"name": string})),
        tool(
            "slow_compute",
            "Takes as many seconds as it is told",
            json!({"seconds": {"type": "integer"}, "label": string}),
        ),
        tool(
            "failing_job",
            "Fails as a tool does, and only as a task",
            json!({}),
        ),
        tool("protocol_error_job", "Fails as a server does", json!({})),
        tool(
            "confirm_delete",
            "Asks before it goes on",
            json!({"filename": string}),
        ),
        tool("multi_input", "Asks twice at once", json!({})),
        tool(
            "test_tool_with_task",
            "Asks first and then goes on as a task",
            json!({}),
        ),
    ]
}

pub(super) async fn call(call: &Call<'_>) -> Option<Answer> {
    Some(match call.name() {
        "greet" => text(&format!("Hello, {}!", call.string("name", "you"))),
        "slow_compute" => slow(call).await,
        "failing_job" if !knows_tasks(call) => needs_tasks(),
        "failing_job" => start(call, |_| Box::pin(fail())),
        "protocol_error_job" if !knows_tasks(call) => Err(broken()),
        "protocol_error_job" => start(call, |_| Box::pin(async { Err(broken().into()) })),
        "confirm_delete" if !knows_tasks(call) => needs_tasks(),
        "confirm_delete" => {
            let file = call.string("filename", "a file").to_owned();
            start(call, |task| Box::pin(confirm(task, file)))
        }
        "multi_input" if !knows_tasks(call) => needs_tasks(),
        "multi_input" => start(call, |task| Box::pin(two_questions(task))),
        "test_tool_with_task" => ask_then_start(call),
        _ => return None,
    })
}

fn knows_tasks(call: &Call<'_>) -> bool {
    let capabilities = call.context.client_capabilities();
    capabilities.is_some_and(|capabilities| capabilities.supports_tasks())
}

fn needs_tasks() -> Answer {
    let required = typed(json!({"extensions": {"io.modelcontextprotocol/tasks": {}}}))?;
    Err(McpError::missing_required_client_capability(required))
}

fn start(call: &Call<'_>, work: impl FnOnce(TaskContext) -> TaskFuture) -> Answer {
    let options = TaskOptions::new().with_poll_interval_ms(100);
    let task = call.state.tasks.spawn(options, work);
    Ok(CallToolResponse::Task(CreateTaskResult::new(task)))
}

async fn slow(call: &Call<'_>) -> Answer {
    let seconds = call.number("seconds", 0);
    let time = Duration::from_secs(seconds);
    let said = format!("{} took {seconds} s.", call.string("label", "It"));
    if !knows_tasks(call) {
        sleep(time).await;
        return text(&said);
    }
    start(call, |task| {
        Box::pin(async move {
            tokio::select! {
                () = sleep(time) => done(&said),
                () = task.cancelled() => Err(TaskExit::Cancelled),
            }
        })
    })
}

async fn fail() -> Result<CallToolResult, TaskExit> {
    sleep(Duration::from_secs(1)).await;
    finished(failure("The job failed."))
}

async fn confirm(task: TaskContext, file: String) -> Result<CallToolResult, TaskExit> {
    let question = input::form(&format!("Delete {file}?"), "confirm", "boolean");
    let answer = question_of(&task, "confirm", question).await?;
    done(&format!("{file}: {}", answer["action"]))
}

async fn two_questions(task: TaskContext) -> Result<CallToolResult, TaskExit> {
    let name = question_of(&task, "name", input::form("Your name?", "name", "string"));
    let color = question_of(
        &task,
        "color",
        input::form("Your color?", "color", "string"),
    );
    let (name, color) = tokio::try_join!(name, color)?;
    done(&format!("{} {}", name["content"], color["content"]))
}

async fn question_of(task: &TaskContext, key: &str, question: Value) -> Result<Value, TaskExit> {
    let question: InputRequest = typed(question)?;
    task.request_input(key, question).await
}

fn ask_then_start(call: &Call<'_>) -> Answer {
    if !knows_tasks(call) {
        return needs_tasks();
    }
    let Some(name) = call.answered("user_name", "name") else {
        let question = input::form("What is your name?", "name", "string");
        return input::ask(&[("user_name", question)], None);
    };
    start(call, |_| {
        Box::pin(async move { done(&format!("Hello, {name}!")) })
    })
}

fn done(said: &str) -> Result<CallToolResult, TaskExit> {
    finished(text(said))
}

fn finished(answer: Answer) -> Result<CallToolResult, TaskExit> {
    match answer? {
        CallToolResponse::Complete(result) => Ok(result),
        _ => Err(broken().into()),
    }
}

fn broken() -> McpError {
    McpError::internal_error("the job broke", None)
}
