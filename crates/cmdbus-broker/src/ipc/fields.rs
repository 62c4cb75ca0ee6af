//! The members of a request's body, taken one by one, with the exact refusal of a wrong one.

use serde_json::{Map, Value};

use crate::core::Refusal;

/// The members of a body. `null` is as good as absent; what is never taken is ignored.
#[derive(Debug, Default)]
pub(super) struct Fields(Map<String, Value>);

impl Fields {
    /// Parses a body; an empty one is an empty object.
    pub(super) fn parse(body: &[u8]) -> Result<Self, Refusal> {
        if body.is_empty() {
            return Ok(Self::default());
        }
        match serde_json::from_slice(body) {
            Ok(Value::Object(members)) => Ok(Self(members)),
            Ok(_) => Err(Refusal::new(
                400,
                "invalid_body",
                "the body must be a JSON object",
            )),
            Err(error) => Err(Refusal::new(
                400,
                "invalid_json",
                format!(
                    "the body is no JSON: error at line {}, column {}",
                    error.line(),
                    error.column()
                ),
            )),
        }
    }

    /// Returns all members.
    pub(super) fn into_members(self) -> Map<String, Value> {
        self.0
    }

    /// Takes a member of any type.
    pub(super) fn any(&mut self, name: &str) -> Option<Value> {
        self.0.remove(name).filter(|value| !value.is_null())
    }

    /// Takes a string that must be there.
    pub(super) fn string(&mut self, name: &str) -> Result<String, Refusal> {
        self.optional_string(name)?
            .ok_or_else(|| Refusal::invalid(name, format!("`{name}` is missing")))
    }

    /// Takes a string that must be there and not be empty.
    pub(super) fn non_empty(&mut self, name: &str) -> Result<String, Refusal> {
        let text = self.string(name)?;
        if text.is_empty() {
            return Err(Refusal::invalid(name, format!("`{name}` is empty")));
        }
        Ok(text)
    }

    /// Takes a string if it is one and not empty. For fields whose absence has a code of its own.
    pub(super) fn filled(&mut self, name: &str) -> Option<String> {
        match self.any(name) {
            Some(Value::String(text)) if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    /// Takes a string that may be absent.
    pub(super) fn optional_string(&mut self, name: &str) -> Result<Option<String>, Refusal> {
        match self.any(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(wrong(name, "a string")),
        }
    }

    /// Takes a boolean that may be absent.
    pub(super) fn optional_bool(&mut self, name: &str) -> Result<Option<bool>, Refusal> {
        match self.any(name) {
            None => Ok(None),
            Some(Value::Bool(value)) => Ok(Some(value)),
            Some(_) => Err(wrong(name, "true or false")),
        }
    }

    /// Takes an object; an empty one if it is absent.
    pub(super) fn object(&mut self, name: &str) -> Result<Map<String, Value>, Refusal> {
        match self.any(name) {
            None => Ok(Map::new()),
            Some(Value::Object(members)) => Ok(members),
            Some(_) => Err(wrong(name, "an object")),
        }
    }

    /// Takes a whole number that may be absent.
    pub(super) fn optional_integer(&mut self, name: &str) -> Result<Option<i64>, Refusal> {
        match self.any(name) {
            None => Ok(None),
            Some(value) => integer(&value)
                .map(Some)
                .ok_or_else(|| wrong(name, "a whole number")),
        }
    }

    /// Takes `plugin_pid` if it is one.
    pub(super) fn pid(&mut self) -> Option<u32> {
        let pid = integer(&self.any("plugin_pid")?)?;
        u32::try_from(pid).ok().filter(|&pid| pid > 0)
    }
}

/// Returns the refusal of a field of another type.
pub(super) fn wrong(name: &str, expected: &str) -> Refusal {
    Refusal::invalid(name, format!("`{name}` must be {expected}"))
}

/// Returns a whole number, also one that was written with a fraction of nothing, as some clients do.
fn integer(value: &Value) -> Option<i64> {
    /// 2^53: up to here a float is exactly what was written.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if let Some(whole) = value.as_i64() {
        return Some(whole);
    }
    let number = value.as_f64()?;
    (number.fract() == 0.0 && number.abs() <= EXACT).then_some(number as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(text: &str) -> Fields {
        Fields::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn null_is_as_good_as_absent() {
        let mut body = fields(r#"{"a":null,"b":null}"#);
        assert_eq!(body.optional_string("a").unwrap(), None);
        assert_eq!(body.string("b").unwrap_err().code, "invalid_request");
    }

    #[test]
    fn a_pid_is_a_positive_whole_number() {
        assert_eq!(fields(r#"{"plugin_pid":5120}"#).pid(), Some(5120));
        assert_eq!(fields(r#"{"plugin_pid":5120.0}"#).pid(), Some(5120));
        for bad in ["0", "-1", "1.5", "\"7\"", "4294967296", "1e300", "null"] {
            assert_eq!(
                fields(&format!(r#"{{"plugin_pid":{bad}}}"#)).pid(),
                None,
                "{bad}"
            );
        }
    }
}
