//! From a typed command to something the registry can run for anybody.

use std::any::Any;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::command::Command;
use crate::context::{Scope, Serve};
use crate::error::{CommandError, ExecuteErrorCode};
use crate::items::{Collector, ItemsOut};
use crate::message::{ExecuteError, Payload};

/// What a handler returns to whoever speaks JSON.
pub(crate) type Encoded = Result<Option<Payload>, ExecuteError>;

/// A registered command, shared by everybody who runs it.
#[derive(Clone)]
pub(crate) struct Handler(Arc<Entries>);

/// The same command in several forms: for whoever has JSON, for whoever wants its items one by one, and
/// for whoever has its very types.
struct Entries {
    graceful: bool,
    encoded: EncodedEntry,
    /// Only for commands that stream.
    items: Option<ItemsEntry>,
    /// A `TypedEntry<C::Request, C::Response>`.
    typed: Box<dyn Any + Send + Sync>,
}

// None of these runs the command's code: they only make the future.

type EncodedEntry =
    Box<dyn Fn(Arc<str>, Option<Payload>, usize) -> BoxFuture<'static, Encoded> + Send + Sync>;

type ItemsEntry =
    Box<dyn Fn(Arc<str>, Option<Payload>, ItemsOut) -> BoxFuture<'static, Encoded> + Send + Sync>;

type TypedEntry<Req, Res> =
    Box<dyn Fn(Req) -> BoxFuture<'static, Result<Res, CommandError>> + Send + Sync>;

impl Handler {
    pub(crate) fn new<C: Command>(command: C) -> Self {
        let graceful = command.graceful();
        let command = Arc::new(command);
        let typed: TypedEntry<C::Request, C::Response> = {
            let command = command.clone();
            Box::new(move |request| {
                let command = command.clone();
                Box::pin(async move { command.handle(request).await })
            })
        };
        let items = C::STREAMS.then(|| -> ItemsEntry {
            let command = command.clone();
            Box::new(move |id, request, out| {
                Box::pin(serve_items(command.clone(), id, request, out))
            })
        });
        let encoded: EncodedEntry = if C::STREAMS {
            Box::new(move |id, request, limit| {
                Box::pin(serve_collected(command.clone(), id, request, limit))
            })
        } else {
            Box::new(move |id, request, _| Box::pin(serve(command.clone(), id, request)))
        };
        Self(Arc::new(Entries {
            graceful,
            encoded,
            items,
            typed: Box::new(typed),
        }))
    }

    /// Returns whether it may come to an end by itself when nobody waits for it any more.
    pub(crate) fn graceful(&self) -> bool {
        self.0.graceful
    }

    /// Returns whether its result can be had item by item.
    pub(crate) fn streams(&self) -> bool {
        self.0.items.is_some()
    }

    /// Runs the command on encoded data. A result that has to be gathered from items is bounded by
    /// `limit` bytes.
    pub(crate) fn run(
        &self,
        command_id: Arc<str>,
        request: Option<Payload>,
        scope: Scope,
        limit: usize,
    ) -> Serve<Encoded> {
        Serve::new(scope, (self.0.encoded)(command_id, request, limit))
    }

    /// Runs the command and has it send its items. One that has none returns its result as ever.
    pub(crate) fn run_items(
        &self,
        command_id: Arc<str>,
        request: Option<Payload>,
        scope: Scope,
        out: ItemsOut,
    ) -> Serve<Encoded> {
        match &self.0.items {
            Some(items) => Serve::new(scope, items(command_id, request, out)),
            None => self.run(command_id, request, scope, usize::MAX),
        }
    }

    /// Returns whether these are the command's own types.
    pub(crate) fn has_types<Req: 'static, Res: 'static>(&self) -> bool {
        self.0.typed.is::<TypedEntry<Req, Res>>()
    }

    /// Runs the command on its own types. Returns the request again if these are others.
    pub(crate) fn run_typed<Req: 'static, Res: 'static>(
        &self,
        request: Req,
        scope: Scope,
    ) -> Result<Serve<Result<Res, CommandError>>, Req> {
        match self.0.typed.downcast_ref::<TypedEntry<Req, Res>>() {
            Some(entry) => Ok(Serve::new(scope, entry(request))),
            None => Err(request),
        }
    }
}

/// Turns what became of a handler into what its caller gets to see.
pub(crate) fn flatten(ended: Result<Encoded, Box<dyn Any + Send>>) -> Encoded {
    ended.unwrap_or_else(|panic| {
        let text = panicked(&*panic);
        Err(ExecuteError::new(ExecuteErrorCode::InternalError, text))
    })
}

/// The same for a typed handler.
pub(crate) fn flatten_typed<Res>(
    ended: Result<Result<Res, CommandError>, Box<dyn Any + Send>>,
    command_id: &str,
) -> Result<Res, CommandError> {
    let result = ended.unwrap_or_else(|panic| {
        Err(CommandError::Internal {
            command_id: command_id.to_owned(),
            message: panicked(&*panic),
        })
    });
    // Both tables of errors in turn, so that a local call and a remote one report alike.
    result.map_err(|error| CommandError::from_wire(error.to_wire(command_id), command_id))
}

async fn serve<C: Command>(command: Arc<C>, id: Arc<str>, request: Option<Payload>) -> Encoded {
    match command.handle(decode(request)?).await {
        Ok(response) => encode_response(response),
        Err(error) => Err(error.to_wire(&id)),
    }
}

async fn serve_items<C: Command>(
    command: Arc<C>,
    id: Arc<str>,
    request: Option<Payload>,
    out: ItemsOut,
) -> Encoded {
    match command.serve_items(decode(request)?, out).await {
        Ok(()) => Ok(None),
        Err(error) => Err(error.to_wire(&id)),
    }
}

async fn serve_collected<C: Command>(
    command: Arc<C>,
    id: Arc<str>,
    request: Option<Payload>,
    limit: usize,
) -> Encoded {
    let (collector, out) = Collector::new(limit);
    serve_items(command, id.clone(), request, out).await?;
    let collected = collector.finish();
    collected.map(Some).map_err(|error| error.to_wire(&id))
}

fn decode<T: DeserializeOwned + 'static>(request: Option<Payload>) -> Result<T, ExecuteError> {
    decode_request(request)
        .map_err(|message| ExecuteError::new(ExecuteErrorCode::InvalidRequest, message))
}

/// Encodes, or passes on what the command returns as JSON already.
fn encode_response<T: Serialize + 'static>(response: T) -> Result<Option<Payload>, ExecuteError> {
    let mut slot = Some(response);
    let any = &mut slot as &mut dyn Any;
    if let Some(value) = any.downcast_mut::<Option<Value>>() {
        return Ok(value.take().map(Payload::from).and_then(Payload::non_null));
    }
    if let Some(payload) = any.downcast_mut::<Option<Payload>>() {
        return Ok(payload.take().and_then(Payload::non_null));
    }
    Payload::encode(&slot)
        .map_err(|error| ExecuteError::new(ExecuteErrorCode::InternalError, error.to_string()))
}

/// Decodes a request. Absent, `null` and `{}` are three spellings of "no arguments": if the one that
/// came does not fit, the others are tried, and the first error is reported. A handler that takes a [`Payload`] gets it as it came.
fn decode_request<T: DeserializeOwned + 'static>(request: Option<Payload>) -> Result<T, String> {
    let given = request.unwrap_or_else(|| Payload::from(Value::Null));
    let mut slot = None::<T>;
    let any = &mut slot as &mut dyn Any;
    if let Some(value) = any.downcast_mut::<Option<Value>>() {
        *value = Some(given.into_value().map_err(|error| error.to_string())?);
        return slot.ok_or_else(|| "no value".to_owned());
    }
    if let Some(payload) = any.downcast_mut::<Option<Payload>>() {
        *payload = Some(given);
        return slot.ok_or_else(|| "no payload".to_owned());
    }
    let error = match given.decode::<T>() {
        Ok(request) => return Ok(request),
        Err(error) => error,
    };
    if given.is_null() || given.is_empty_object() {
        for other in [Value::Null, Value::Object(serde_json::Map::new())] {
            if let Ok(request) = T::deserialize(other) {
                return Ok(request);
            }
        }
    }
    Err(located::<T>(&given).unwrap_or_else(|| error.to_string()))
}

/// Decodes once more, slowly, to learn where the offending field is.
fn located<T: DeserializeOwned>(payload: &Payload) -> Option<String> {
    let text = payload.to_json();
    let mut deserializer = serde_json::Deserializer::from_slice(&text);
    let error = serde_path_to_error::deserialize::<_, T>(&mut deserializer).err()?;
    let path = error.path().to_string();
    let problem = error.into_inner().to_string();
    // Where in the text of the request it is helps nobody who did not write that text.
    let problem = match problem.rsplit_once(" at line ") {
        Some((problem, _)) => problem,
        None => &problem,
    };
    Some(if path == "." {
        problem.to_owned()
    } else {
        format!("`{path}`: {problem}")
    })
}

fn panicked(panic: &(dyn Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    match text {
        Some(text) => format!("the handler panicked: {text}"),
        None => "the handler panicked".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use serde_json::json;

    #[derive(Debug, Deserialize, PartialEq)]
    struct Unit;

    #[derive(Debug, Deserialize, PartialEq)]
    struct Options {
        #[serde(default)]
        deep: Option<u8>,
    }

    #[derive(Debug, Deserialize)]
    struct Outer {
        #[allow(dead_code)]
        lines: Vec<Options>,
    }

    #[test]
    fn w56_the_three_spellings_of_no_arguments_all_fit() {
        for spelling in [None, Some(json!(null)), Some(json!({}))] {
            let payload = spelling.map(Payload::from);
            assert_eq!(decode_request::<()>(payload.clone()), Ok(()));
            assert_eq!(decode_request::<Unit>(payload.clone()), Ok(Unit));
            assert_eq!(decode_request(payload.clone()), Ok(Options { deep: None }));
            assert_eq!(decode_request(payload), Ok(None::<u8>));
        }
        assert!(decode_request::<()>(Some(json!({"a": 1}).into())).is_err());
    }

    #[test]
    fn an_untyped_handler_sees_what_was_sent() {
        assert_eq!(decode_request(None), Ok(json!(null)));
        assert_eq!(decode_request(Some(json!({}).into())), Ok(json!({})));
    }

    #[test]
    fn a_handler_that_passes_json_on_gets_and_gives_it_as_it_is() {
        let given = Payload::from_json(r#"{"b":1.0,"a":"\u0041"}"#).unwrap();
        let taken: Payload = decode_request(Some(given.clone())).unwrap();
        assert_eq!(taken.to_json(), given.to_json());
        let back = encode_response(taken).unwrap().unwrap();
        assert_eq!(back.to_json(), given.to_json());
        assert_eq!(encode_response(Payload::from(json!(null))), Ok(None));
    }

    #[test]
    fn the_error_names_the_field() {
        let payload = Payload::from(json!({"lines": [{"deep": 1}, {"deep": "x"}]}));
        let error = decode_request::<Outer>(Some(payload)).unwrap_err();
        assert!(
            error.starts_with("`lines[1].deep`: invalid type"),
            "{error}"
        );
        let error = decode_request::<u8>(None).unwrap_err();
        assert!(error.starts_with("invalid type: null"), "{error}");
    }
}
