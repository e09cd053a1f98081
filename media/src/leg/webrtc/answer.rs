//! The last touches on our SDP answer, which the stack does not give it. It never changes what was negotiated.

/// Makes the answer say that no candidate follows (RFC 8840 section 8.2), drops candidates for a second component, which `rtcp-mux` makes
/// void, and puts our own wishes for the caller's Opus encoder where the stack has repeated the caller's (RFC 7587 section 7: they are declarative).
pub(super) fn complete(sdp: &str, payload_type: u8, format: &str) -> String {
    let mut complete = String::with_capacity(sdp.len() + 64);
    let mut in_media = false;
    let format_line = format!("a=fmtp:{payload_type} ");
    for line in sdp.lines() {
        if line.starts_with("m=") {
            if in_media {
                complete.push_str(END);
            }
            in_media = true;
        }
        if line == "a=end-of-candidates" || is_second_component(line) {
            continue;
        }
        if line.starts_with(&format_line) {
            complete.push_str(&format_line);
            complete.push_str(format);
        } else {
            complete.push_str(line);
        }
        complete.push_str("\r\n");
    }
    if in_media {
        complete.push_str(END);
    }
    complete
}

fn is_second_component(line: &str) -> bool {
    line.strip_prefix("a=candidate:").is_some_and(|rest| rest.split(' ').nth(1) == Some("2"))
}

const END: &str = "a=end-of-candidates\r\n";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_section_ends_its_candidates_and_opus_is_asked_for_dtx() {
        let stack = "v=0\r\nm=audio 9 X 96\r\na=fmtp:96 minptime=10\r\na=candidate:1 1 udp 1 192.0.2.1 5 typ host\r\n\
                     a=candidate:1 2 udp 1 192.0.2.1 5 typ host\r\nm=application 9 X y\r\na=end-of-candidates\r\n";
        let ours = "v=0\r\nm=audio 9 X 96\r\na=fmtp:96 usedtx=1\r\na=candidate:1 1 udp 1 192.0.2.1 5 typ host\r\na=end-of-candidates\r\n\
                    m=application 9 X y\r\na=end-of-candidates\r\n";
        assert_eq!(complete(stack, 96, "usedtx=1"), ours);
    }
}
