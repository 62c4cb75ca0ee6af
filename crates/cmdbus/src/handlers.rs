//! From a typed command to something the registry can run for anybody.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::command::Command;
use crate::context::{CallContext, InContext};
use crate::error::{CommandError, ExecuteErrorCode};
use crate::message::{ExecuteError, MessageMeta, Payload};

/// A registered command, shared by everybody who runs it.
#[derive(Clone)]
pub(crate) struct Handler(Arc<Entries>);

/// The same command twice: for whoever has JSON, and for whoever has its very types.
struct Entries {
    encoded: EncodedEntry,
    /// A `TypedEntry<C::Request, C::Response>`.
    typed: Box<dyn Any + Send + Sync>,
}

type EncodedEntry = Box<
    dyn Fn(Arc<str>, Option<Payload>) -> BoxFuture<'static, Result<Option<Payload>, ExecuteError>>
        + Send
        + Sync,
>;

type TypedEntry<Req, Res> =
    Box<dyn Fn(Req) -> BoxFuture<'static, Result<Res, CommandError>> + Send + Sync>;

impl Handler {
    pub(crate) fn new<C: Command>(command: C) -> Self {
        let command = Arc::new(command);
        let typed: TypedEntry<C::Request, C::Response> = {
            let command = command.clone();
            Box::new(move |request| {
                let command = command.clone();
                Box::pin(async move { command.handle(request).await })
            })
        };
        Self(Arc::new(Entries {
            encoded: Box::new(move |id, request| Box::pin(serve(command.clone(), id, request))),
            typed: Box::new(typed),
        }))
    }

    /// Runs the command on encoded data. The future never panics.
    pub(crate) fn run(
        &self,
        command_id: Arc<str>,
        request: Option<Payload>,
        meta: Option<MessageMeta>,
    ) -> impl Future<Output = Result<Option<Payload>, ExecuteError>> + Send + Unpin + 'static {
        let entries = self.0.clone();
        let call = async move { (entries.encoded)(command_id, request).await };
        InContext {
            context: CallContext::new(meta),
            future: Box::pin(AssertUnwindSafe(call).catch_unwind().map(|ended| {
                ended.unwrap_or_else(|panic| {
                    Err(ExecuteError::new(
                        ExecuteErrorCode::InternalError,
                        panicked(&*panic),
                    ))
                })
            })),
        }
    }

    /// Runs the command on its own types, if these are the ones. The future never panics.
    ///
    /// Returns the request again if they are not.
    pub(crate) fn run_typed<Req: 'static, Res: 'static>(
        &self,
        command_id: &str,
        request: Req,
        meta: Option<MessageMeta>,
    ) -> Result<
        impl Future<Output = Result<Res, CommandError>> + Send + use<Req, Res>,
        (Req, Option<MessageMeta>),
    > {
        let Some(entry) = self.0.typed.downcast_ref::<TypedEntry<Req, Res>>() else {
            return Err((request, meta));
        };
        let command_id: Arc<str> = command_id.into();
        // The closure itself only boxes the future; the command's code runs when that is polled.
        let call = InContext {
            context: CallContext::new(meta),
            future: entry(request),
        };
        Ok(AssertUnwindSafe(call).catch_unwind().map(move |ended| {
            let result = ended.unwrap_or_else(|panic| {
                Err(CommandError::Internal {
                    command_id: command_id.to_string(),
                    message: panicked(&*panic),
                })
            });
            // Both tables of errors in turn, so that a local call and a remote one report alike.
            result.map_err(|error| CommandError::from_wire(error.to_wire(&command_id), &command_id))
        }))
    }
}

async fn serve<C: Command>(
    command: Arc<C>,
    id: Arc<str>,
    request: Option<Payload>,
) -> Result<Option<Payload>, ExecuteError> {
    let request = decode_request(request)
        .map_err(|message| ExecuteError::new(ExecuteErrorCode::InvalidRequest, message))?;
    match command.handle(request).await {
        Ok(response) => encode_response(response),
        Err(error) => Err(error.to_wire(&id)),
    }
}

/// Encodes, or passes on what the command returns as JSON already.
fn encode_response<T: Serialize + 'static>(response: T) -> Result<Option<Payload>, ExecuteError> {
    let mut slot = Some(response);
    if let Some(value) = (&mut slot as &mut dyn Any).downcast_mut::<Option<Value>>() {
        return Ok(value.take().map(Payload::from).and_then(Payload::non_null));
    }
    Payload::encode(&slot)
        .map_err(|error| ExecuteError::new(ExecuteErrorCode::InternalError, error.to_string()))
}

/// Decodes a request. Absent, `null` and `{}` are three spellings of "no arguments": if the one that
/// came does not fit, the others are tried, and the first error is reported.
fn decode_request<T: DeserializeOwned + 'static>(request: Option<Payload>) -> Result<T, String> {
    let given = request.unwrap_or_else(|| Payload::from(Value::Null));
    let mut slot = None::<T>;
    if let Some(value) = (&mut slot as &mut dyn Any).downcast_mut::<Option<Value>>() {
        *value = Some(given.into_value().map_err(|error| error.to_string())?);
        return slot.ok_or_else(|| "no value".to_owned());
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
