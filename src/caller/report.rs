//! What the caller measured, as one JSON object. It never rounds in anyone's favour.

use serde::Serialize;
use serde_json::Value;

/// One call, measured at the caller's ear.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Report {
    /// Every turn the caller took, in order.
    pub turns: Vec<TurnReport>,
    /// Median of `voice_to_voice_ms` over spoken turns (nearest rank); none without a measured one.
    pub p50_ms: Option<f64>,
    /// Their 95th percentile (nearest rank).
    pub p95_ms: Option<f64>,
    /// Time from the request to a call with media and control channel, in ms.
    pub setup_ms: f64,
    /// Reply packets that never arrived in time.
    pub lost_packets: u64,
    /// Token with which the session can be resumed, when the server gave one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resume_token: Option<String>,
    /// Messages of the server's `error` events.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<String>,
}

/// One turn of the caller and its answer.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct TurnReport {
    /// The file spoken, or the text typed.
    pub spoken: String,
    /// Where in the file speech was found to begin and end, in ms: the end is the zero point of `voice_to_voice_ms`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub speech_ms: Option<[f64; 2]>,
    /// What the server understood.
    pub transcript: String,
    /// What the server said.
    pub reply: String,
    /// From the last speech sample spoken (or the text sent) to the first reply sample received above -40 dBFS, in ms; none without a reply.
    pub voice_to_voice_ms: Option<f64>,
    /// Where in the recording the reply begins and ends, in ms: its first and its last sample above -40 dBFS before the next reply.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_ms: Option<[f64; 2]>,
    /// For an interruption: from the first speech sample spoken to the last sample of the interrupted reply received, in ms; 0 when nothing played any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop_ms: Option<f64>,
    /// The server's own breakdown of the turn, in ms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub breakdown_ms: Option<Value>,
}

impl Report {
    /// Fills in the percentiles from the turns.
    pub(crate) fn summarise(&mut self) {
        let mut measured: Vec<f64> = self
            .turns
            .iter()
            .filter(|turn| turn.speech_ms.is_some())
            .filter_map(|turn| turn.voice_to_voice_ms)
            .collect();
        measured.sort_by(f64::total_cmp);
        self.p50_ms = percentile(&measured, 50);
        self.p95_ms = percentile(&measured, 95);
    }
}

/// The nearest-rank percentile of sorted values.
fn percentile(sorted: &[f64], percent: usize) -> Option<f64> {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.checked_sub(1)?).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_were_measured() {
        let turn = |ms| TurnReport { voice_to_voice_ms: ms, speech_ms: Some([0.0, 1.0]), ..Default::default() };
        let typed = TurnReport { voice_to_voice_ms: Some(1.0), ..Default::default() };
        let mut report = Report {
            turns: vec![turn(Some(300.0)), turn(None), turn(Some(200.0)), turn(Some(900.0)), typed],
            ..Default::default()
        };
        report.summarise();
        assert_eq!((report.p50_ms, report.p95_ms), (Some(300.0), Some(900.0)));
        let mut empty = Report::default();
        empty.summarise();
        assert_eq!(empty.p50_ms, None);
    }

    #[test]
    fn the_object_has_the_fields_scripts_read() {
        let json = serde_json::to_value(Report { turns: vec![TurnReport::default()], ..Default::default() })
            .expect("it is plain data");
        for field in ["turns", "p50_ms", "p95_ms"] {
            assert!(json.get(field).is_some(), "{field}");
        }
        assert!(json["turns"][0].get("stop_ms").is_none());
    }
}
