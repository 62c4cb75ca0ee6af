//! The `traceparent` of a message (protocol §5.1).

use super::mint::Mint;

/// Returns the trace context to go on with: the given one, or a new one. The second value says whether a
/// given one was invalid.
pub(crate) fn traceparent(given: Option<&str>, mint: &mut Mint) -> (String, bool) {
    if let Some(given) = given {
        if let Some(valid) = normalised(given) {
            return (valid, false);
        }
        return (minted(mint), true);
    }
    (minted(mint), false)
}

/// Returns the trace id of a valid trace context.
pub(crate) fn trace_id(traceparent: &str) -> Option<String> {
    let valid = normalised(traceparent)?;
    valid.get(3..35).map(str::to_owned)
}

fn normalised(text: &str) -> Option<String> {
    let text = text.trim().to_ascii_lowercase();
    let parts: Vec<&str> = text.split('-').collect();
    let &[version, trace, span, flags] = parts.as_slice() else {
        return None;
    };
    let hex = |part: &str, length: usize| {
        part.len() == length && part.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    let some = |part: &str| part.bytes().any(|byte| byte != b'0');
    let valid = hex(version, 2)
        && hex(trace, 32)
        && hex(span, 16)
        && hex(flags, 2)
        && some(trace)
        && some(span);
    valid.then(|| format!("00-{trace}-{span}-{flags}"))
}

fn minted(mint: &mut Mint) -> String {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let mut random = [0; 24];
    mint.fill(&mut random);
    // All zeros would be invalid.
    random[0] |= 1;
    random[16] |= 1;
    let mut text = String::with_capacity(55);
    text.push_str("00-");
    for (n, byte) in random.iter().enumerate() {
        if n == 16 {
            text.push('-');
        }
        text.push(char::from(HEX[usize::from(byte >> 4)]));
        text.push(char::from(HEX[usize::from(byte & 15)]));
    }
    text.push_str("-01");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALID: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    fn mint() -> Mint {
        Mint::new(Box::new(|buffer| buffer.fill(0)))
    }

    #[test]
    fn a_valid_context_is_kept_in_lower_case_with_version_zero() {
        let given = VALID.to_uppercase().replacen("00", "cc", 1);
        assert_eq!(
            traceparent(Some(&given), &mut mint()),
            (VALID.to_owned(), false)
        );
        assert_eq!(
            trace_id(&given).as_deref(),
            Some("4bf92f3577b34da6a3ce929d0e0e4736")
        );
    }

    #[test]
    fn a_missing_or_invalid_context_is_replaced_by_a_valid_one() {
        let zeros = "00-00000000000000000000000000000000-00f067aa0ba902b7-01";
        for given in ["", "x", zeros, &VALID[1..], "00-4bf9-00f0-01"] {
            let (new, invalid) = traceparent(Some(given), &mut mint());
            assert!(invalid, "{given}");
            assert_eq!(normalised(&new), Some(new));
        }
        let (new, invalid) = traceparent(None, &mut mint());
        assert!(!invalid);
        assert!(trace_id(&new).is_some());
    }
}
