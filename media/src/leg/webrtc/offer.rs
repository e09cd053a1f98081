//! Reads an SDP offer before anything else does: bounds it, says in a sentence what is wrong, strips what we must not act on. It never resolves a name.

/// Longest offer taken, in bytes; a browser's audio offer is about 3,000.
pub const OFFER_BYTES_MAX: usize = 64 * 1024;
/// Most media sections taken: one audio, one data channel, and a few that are refused in the answer.
pub const MEDIA_SECTIONS_MAX: usize = 8;

/// Why an offer cannot be answered; each text is a sentence for the developer of the client.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SdpError {
    /// Nothing was sent.
    #[error("The request has no body; send the SDP offer as it comes from createOffer.")]
    Empty,
    /// More than [`OFFER_BYTES_MAX`].
    #[error("The SDP offer has {bytes} bytes; at most {OFFER_BYTES_MAX} are taken.")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// It does not begin with `v=0`, or a line is not `x=...`.
    #[error("This is not SDP: line {line} is not of the form `x=value`, or the first is not `v=0`.")]
    NotSdp {
        /// The line, counted from 1.
        line: usize,
    },
    /// More than [`MEDIA_SECTIONS_MAX`].
    #[error("The SDP offer has {count} media sections; at most {MEDIA_SECTIONS_MAX} are taken.")]
    TooManySections {
        /// How many it has.
        count: usize,
    },
    /// No `m=audio`, or a refused one.
    #[error("The SDP offer has no audio section; add a microphone track or an audio transceiver before createOffer.")]
    NoAudio,
    /// More than one `m=audio`.
    #[error("The SDP offer has {count} audio sections; exactly one is taken.")]
    ManyAudio {
        /// How many it has.
        count: usize,
    },
    /// Audio without Opus at 48 kHz.
    #[error("The audio section does not offer Opus (a=rtpmap:... opus/48000/2); only Opus is spoken here.")]
    NoOpus,
    /// No `a=ice-ufrag` and `a=ice-pwd`.
    #[error("The SDP offer has no ICE credentials (a=ice-ufrag, a=ice-pwd).")]
    NoIce,
    /// No `a=fingerprint`.
    #[error("The SDP offer has no DTLS fingerprint (a=fingerprint); unencrypted media is not taken.")]
    NoFingerprint,
    /// Well formed as far as we look, and refused further down.
    #[error("The SDP offer was refused: {why}.")]
    Refused {
        /// What the WebRTC stack said.
        why: String,
    },
}

impl SdpError {
    pub(super) fn rejected(error: impl std::fmt::Display) -> Self {
        Self::Refused { why: error.to_string() }
    }
}

/// An offer worth handing on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Offer {
    /// The SDP without candidates: a caller is only ever answered where its own authenticated checks come from,
    /// so an offer cannot aim our packets at a third party, nor make us look up its names.
    pub(super) sdp: String,
    /// A data channel was offered.
    pub(super) has_channel: bool,
}

impl Offer {
    pub(super) fn read(text: &str) -> Result<Self, SdpError> {
        if text.trim().is_empty() {
            return Err(SdpError::Empty);
        }
        if text.len() > OFFER_BYTES_MAX {
            return Err(SdpError::TooLong { bytes: text.len() });
        }
        check_lines(text)?;
        check_sections(text)?;
        check_credentials(text)?;
        Ok(Self { sdp: without_candidates(text), has_channel: sections(text).any(is_channel) })
    }
}

fn check_lines(text: &str) -> Result<(), SdpError> {
    for (index, line) in text.lines().enumerate() {
        let line_number = index + 1;
        let mut bytes = line.bytes();
        let well_formed =
            line.is_empty() || (bytes.next().is_some_and(|b| b.is_ascii_lowercase()) && bytes.next() == Some(b'='));
        if !well_formed || (index == 0 && line != "v=0") {
            return Err(SdpError::NotSdp { line: line_number });
        }
    }
    Ok(())
}

fn check_sections(text: &str) -> Result<(), SdpError> {
    let count = sections(text).count();
    if count > MEDIA_SECTIONS_MAX {
        return Err(SdpError::TooManySections { count });
    }
    let audio: Vec<&str> =
        sections(text).filter(|section| section.starts_with("audio ") && !section.starts_with("audio 0 ")).collect();
    match audio.as_slice() {
        [] => Err(SdpError::NoAudio),
        [one] if has_opus(one) => Ok(()),
        [_] => Err(SdpError::NoOpus),
        many => Err(SdpError::ManyAudio { count: many.len() }),
    }
}

fn check_credentials(text: &str) -> Result<(), SdpError> {
    let has = |prefix: &str| text.lines().any(|line| line.starts_with(prefix) && line.len() > prefix.len());
    if !has("a=ice-ufrag:") || !has("a=ice-pwd:") {
        return Err(SdpError::NoIce);
    }
    if !has("a=fingerprint:") {
        return Err(SdpError::NoFingerprint);
    }
    Ok(())
}

/// The media sections, each from just behind its `m=`.
fn sections(text: &str) -> impl Iterator<Item = &str> {
    text.split("\nm=").skip(1)
}

fn has_opus(section: &str) -> bool {
    section
        .lines()
        .filter_map(|line| line.strip_prefix("a=rtpmap:"))
        .any(|map| map.split_once(' ').is_some_and(|(_, codec)| codec.trim().eq_ignore_ascii_case("opus/48000/2")))
}

fn is_channel(section: &str) -> bool {
    section.starts_with("application ") && !section.starts_with("application 0 ")
}

fn without_candidates(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    for line in text.lines() {
        if line.is_empty() || line.starts_with("a=candidate:") || line.starts_with("a=end-of-candidates") {
            continue;
        }
        kept.push_str(line);
        kept.push_str("\r\n");
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer(body: &str) -> String {
        format!("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n{body}")
    }

    const AUDIO: &str = "m=audio 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:0\r\na=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\n\
                         a=fingerprint:sha-256 00:11\r\na=rtpmap:96 OPUS/48000/2\r\na=candidate:1 1 udp 1 10.0.0.1 5 typ host\r\n";

    #[test]
    fn a_good_offer_loses_its_candidates() {
        let read = Offer::read(&offer(AUDIO)).expect("it is complete");
        assert!(!read.sdp.contains("candidate"));
        assert!(!read.has_channel);
    }

    #[test]
    fn each_fault_has_its_own_sentence() {
        let cases = [
            (String::new(), SdpError::Empty),
            ("hello".to_owned(), SdpError::NotSdp { line: 1 }),
            ("v=0\r\nnonsense".to_owned(), SdpError::NotSdp { line: 2 }),
            (offer("m=video 9 UDP/TLS/RTP/SAVPF 96\r\n"), SdpError::NoAudio),
            (offer(&AUDIO.replace("audio 9", "audio 0")), SdpError::NoAudio),
            (offer(&AUDIO.replace("OPUS/48000/2", "PCMU/8000")), SdpError::NoOpus),
            (offer(&AUDIO.replace("ice-ufrag", "x")), SdpError::NoIce),
            (offer(&AUDIO.replace("fingerprint", "x")), SdpError::NoFingerprint),
            (offer(&AUDIO.repeat(2)), SdpError::ManyAudio { count: 2 }),
            (offer(&AUDIO.repeat(9)), SdpError::TooManySections { count: 9 }),
            ("x".repeat(OFFER_BYTES_MAX + 1), SdpError::TooLong { bytes: OFFER_BYTES_MAX + 1 }),
        ];
        for (text, expected) in cases {
            assert_eq!(Offer::read(&text), Err(expected));
        }
    }
}
