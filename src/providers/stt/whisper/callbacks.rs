//! What whisper.cpp calls while it decodes: stop when told, end a loop, begin nothing. It never allocates or panics.

#![expect(unsafe_code, reason = "whisper.cpp takes C callbacks with a raw user pointer")]

use crate::providers::stt::pool::Stop;
use std::ffi::{c_int, c_void};
use whisper_rs::FullParams;
use whisper_rs::whisper_rs_sys::{whisper_context, whisper_state, whisper_token_data};

/// A phrase shorter than this many tokens may be said twice on purpose.
const LOOP_TOKENS_MIN: usize = 3;

/// What the callbacks need to know; it must outlive the decode.
pub(super) struct Watch<'a> {
    /// Asked before each step.
    pub(super) stop: Option<&'a Stop>,
    /// Number of tokens the model knows.
    pub(super) tokens: usize,
    /// The token that ends a text.
    pub(super) end: usize,
}

/// Makes `params` call back into `watch`.
pub(super) fn install<'a>(params: &mut FullParams<'a, 'a>, watch: &'a Watch<'a>) {
    let data = std::ptr::from_ref(watch).cast_mut().cast::<c_void>();
    // SAFETY: the callbacks read `watch` only, which outlives `params` by its lifetime, and touch nothing of
    // whisper.cpp's but the logits they are given, within their documented length.
    unsafe {
        params.set_abort_callback(Some(should_stop));
        params.set_abort_callback_user_data(data);
        params.set_filter_logits_callback(Some(end_loops));
        params.set_filter_logits_callback_user_data(data);
    }
}

/// Makes a decode with `params` stop before the encoder, so that it only takes over its settings.
pub(super) fn install_no_encoding(params: &mut FullParams<'_, '_>) {
    // SAFETY: the callback reads none of its arguments.
    unsafe { params.set_start_encoder_callback(Some(begin_nothing)) };
}

/// Do the last tokens repeat those before them?
fn loops(same: impl Fn(usize, usize) -> bool, count: usize) -> bool {
    (LOOP_TOKENS_MIN..=count / 2).any(|phrase| (count - phrase..count).all(|at| same(at, at - phrase)))
}

unsafe extern "C" fn should_stop(data: *mut c_void) -> bool {
    // SAFETY: `install` passed a `Watch` that outlives the decode.
    let watch = unsafe { &*data.cast::<Watch<'_>>() };
    watch.stop.is_some_and(Stop::is_due)
}

unsafe extern "C" fn end_loops(
    _: *mut whisper_context,
    _: *mut whisper_state,
    tokens: *const whisper_token_data,
    count: c_int,
    logits: *mut f32,
    data: *mut c_void,
) {
    let count = usize::try_from(count).unwrap_or(0);
    if tokens.is_null() || logits.is_null() || count < 2 * LOOP_TOKENS_MIN {
        return;
    }
    // SAFETY: `install` passed a `Watch` that outlives the decode; whisper.cpp passes `count` tokens and a logit for
    // each token it knows.
    let (watch, tokens) = unsafe { (&*data.cast::<Watch<'_>>(), std::slice::from_raw_parts(tokens, count)) };
    if !loops(|one, other| tokens[one].id == tokens[other].id, count) {
        return;
    }
    // SAFETY: as above.
    let logits = unsafe { std::slice::from_raw_parts_mut(logits, watch.tokens) };
    for (token, logit) in logits.iter_mut().enumerate() {
        if token != watch.end {
            *logit = f32::NEG_INFINITY;
        }
    }
}

unsafe extern "C" fn begin_nothing(_: *mut whisper_context, _: *mut whisper_state, _: *mut c_void) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repeats(tokens: &[i32]) -> bool {
        loops(|one, other| tokens[one] == tokens[other], tokens.len())
    }

    #[test]
    fn a_phrase_of_three_said_twice_is_a_loop() {
        assert!(repeats(&[9, 1, 2, 3, 1, 2, 3]));
        assert!(repeats(&[1, 2, 3, 4, 5, 1, 2, 3, 4, 5]));
    }

    #[test]
    fn shorter_repeats_and_other_ends_are_none() {
        assert!(!repeats(&[1, 2, 1, 2]));
        assert!(!repeats(&[1, 2, 3, 1, 2, 3, 4]));
        assert!(!repeats(&[]));
    }
}
