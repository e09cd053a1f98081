//! The screen of a talk: captions, both levels, how it stands and which keys there are. It draws a view and reads keys; it decides nothing.

use crate::client::{Caption, CaptionState, Who};
use crate::talk::error::TalkError;
use crate::talk::view::{EarMode, Phase, Shown, View};
use ratatui::crossterm::event::{
    Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, KeyboardEnhancementFlags, PopKeyboardEnhancementFlags,
    PushKeyboardEnhancementFlags, read,
};
use ratatui::crossterm::execute;
use ratatui::crossterm::terminal::supports_keyboard_enhancement;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style, Stylize as _};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Wrap};
use ratatui::{DefaultTerminal, Frame};
use tokio::sync::mpsc;

/// What a key means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    /// The space bar went down, or repeats.
    Down,
    /// The space bar went up.
    Up,
    /// Hang up.
    Quit,
    /// Stop the voice.
    Stop,
    /// Shut or open the microphone.
    Mute,
    /// The screen has changed its size.
    Redraw,
}

/// The terminal in our hands; it is given back when this is dropped.
pub(crate) struct Screen {
    terminal: DefaultTerminal,
    tells_releases: bool,
}

impl Screen {
    /// Takes the terminal, and reads its keys from now on.
    pub(crate) fn open() -> Result<(Self, mpsc::Receiver<Key>), TalkError> {
        let terminal = ratatui::try_init().map_err(|error| failed(&error))?;
        // Some terminals tell when a key is let go, if asked.
        let tells_releases = supports_keyboard_enhancement().unwrap_or(false)
            && execute!(
                std::io::stdout(),
                PushKeyboardEnhancementFlags(
                    KeyboardEnhancementFlags::DISAMBIGUATE_ESCAPE_CODES | KeyboardEnhancementFlags::REPORT_EVENT_TYPES
                )
            )
            .is_ok();
        let (pressed, keys) = mpsc::channel(KEYS_MAX);
        // It ends with the process: a terminal cannot be told to stop waiting for a key.
        std::thread::spawn(move || {
            while let Ok(event) = read() {
                if let Some(key) = meaning(&event)
                    && pressed.blocking_send(key).is_err()
                {
                    return;
                }
            }
        });
        Ok((Self { terminal, tells_releases }, keys))
    }

    /// Shows a view.
    pub(crate) fn show(&mut self, view: &View) -> Result<(), TalkError> {
        self.terminal.draw(|frame| draw(frame, view)).map(|_| ()).map_err(|error| failed(&error))
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        if self.tells_releases {
            // What cannot be undone is not worth a word at the end.
            let _ = execute!(std::io::stdout(), PopKeyboardEnhancementFlags);
        }
        ratatui::restore();
    }
}

fn failed(error: &std::io::Error) -> TalkError {
    TalkError::Terminal { why: error.to_string() }
}

fn meaning(event: &Event) -> Option<Key> {
    let key: &KeyEvent = match event {
        Event::Key(key) => key,
        Event::Resize(..) => return Some(Key::Redraw),
        Event::FocusGained | Event::FocusLost | Event::Mouse(_) | Event::Paste(_) => return None,
    };
    if key.code == KeyCode::Char(' ') {
        return Some(if key.kind == KeyEventKind::Release { Key::Up } else { Key::Down });
    }
    if key.kind != KeyEventKind::Press {
        return None;
    }
    match key.code {
        KeyCode::Char('c') if key.modifiers.contains(KeyModifiers::CONTROL) => Some(Key::Quit),
        KeyCode::Char('q') => Some(Key::Quit),
        KeyCode::Char('m') => Some(Key::Mute),
        KeyCode::Esc => Some(Key::Stop),
        _ => None,
    }
}

/// Draws a view.
fn draw(frame: &mut Frame<'_>, view: &View) {
    let rows = [Constraint::Length(1), Constraint::Min(1), Constraint::Length(2), Constraint::Length(2)];
    let [head, captions, meters, foot] = Layout::vertical(rows).areas(frame.area());
    draw_head(frame, head, view);
    draw_captions(frame, captions, view);
    let [caller, voice] = Layout::vertical([Constraint::Length(1); 2]).areas(meters);
    draw_meter(frame, caller, "you", view.levels.0, Color::Cyan);
    draw_meter(frame, voice, "voxfare", view.levels.1, Color::Yellow);
    draw_foot(frame, foot, view);
}

fn draw_head(frame: &mut Frame<'_>, area: Rect, view: &View) {
    let latency = view.latency_ms.map(|ms| format!("answered in {ms:.0} ms ")).unwrap_or_default();
    let [left, right] =
        Layout::horizontal([Constraint::Min(1), Constraint::Length(latency.chars().count() as u16)]).areas(area);
    let head = Line::from(vec![Span::raw(" Voxfare ").bold(), Span::raw(view.url.as_str()).dim()]);
    frame.render_widget(Paragraph::new(head).reversed(), left);
    frame.render_widget(Paragraph::new(latency).reversed(), right);
}

/// The newest lines at the bottom.
fn draw_captions(frame: &mut Frame<'_>, area: Rect, view: &View) {
    // No more lines than rows can be seen.
    let from = view.lines.len().saturating_sub(usize::from(area.height));
    let lines: Vec<Line<'_>> = view.lines.iter().skip(from).map(shown).collect();
    let text = Paragraph::new(lines).wrap(Wrap { trim: true });
    let height = rows(&view.lines, from, area.width);
    let scroll = height.saturating_sub(area.height);
    frame.render_widget(text.scroll((scroll, 0)), area);
}

/// Rows that the lines from `from` on take, words kept whole.
fn rows(lines: &std::collections::VecDeque<Shown>, from: usize, width: u16) -> u16 {
    let width = usize::from(width.max(1));
    let rows = lines.iter().skip(from).map(|line| {
        let (mut rows, mut column) = (1, 0);
        for word in shown(line).to_string().split(' ') {
            let length = Line::from(word).width();
            if column > 0 && column + 1 + length > width {
                rows += 1;
                column = length;
            } else {
                column += length + usize::from(column > 0);
            }
            rows += column.saturating_sub(1) / width;
            column = if column > width { (column - 1) % width + 1 } else { column };
        }
        rows
    });
    u16::try_from(rows.sum::<usize>()).unwrap_or(u16::MAX)
}

fn shown(line: &Shown) -> Line<'_> {
    match line {
        Shown::Note(text) => Line::from(text.as_str()).dim().italic(),
        Shown::Said(caption) if caption.who == Who::Caller => {
            let words = Span::raw(caption.text.as_str());
            let words = if caption.state == CaptionState::Open { words.dim() } else { words };
            Line::from(vec![Span::raw("you: ").cyan().bold(), words])
        }
        Shown::Said(caption) => said(caption),
    }
}

/// What was heard is bright, what is still to come is dim, and what will never be heard is struck out.
fn said(caption: &Caption) -> Line<'_> {
    let heard = caption.heard();
    let rest = &caption.text[heard.len()..];
    let style = match caption.state {
        CaptionState::Cut => Style::new().add_modifier(Modifier::DIM | Modifier::CROSSED_OUT),
        CaptionState::Open | CaptionState::Done => Style::new().add_modifier(Modifier::DIM),
    };
    Line::from(vec![Span::raw("voxfare: ").yellow().bold(), Span::raw(heard), Span::styled(rest, style)])
}

fn draw_meter(frame: &mut Frame<'_>, area: Rect, name: &str, level: f32, color: Color) {
    let room = usize::from(area.width).saturating_sub(NAME_WIDTH + 1);
    let filled = ((room as f32 * level).round() as usize).min(room);
    let bar = Span::styled("█".repeat(filled), Style::new().fg(color));
    let line =
        vec![Span::raw(format!(" {name:<width$}", width = NAME_WIDTH - 1)), bar, "·".repeat(room - filled).dim()];
    frame.render_widget(Paragraph::new(Line::from(line)), area);
}

fn draw_foot(frame: &mut Frame<'_>, area: Rect, view: &View) {
    let state = match &view.phase {
        Phase::Connecting => "connecting…".to_owned(),
        Phase::Reconnecting => "the line was lost, coming back…".to_owned(),
        Phase::Over(why) => why.clone(),
        Phase::Live if view.hearing => "hearing you".to_owned(),
        Phase::Live if view.sounding => "speaking".to_owned(),
        Phase::Live => match view.tasks.last() {
            Some((_, name)) => format!("working: {name}"),
            None => "listening".to_owned(),
        },
    };
    let (ear, keys) = match view.ear {
        EarMode::Open { muted: true, .. } => {
            ("microphone shut", "q hang up · m open the microphone · Esc stop the voice")
        }
        EarMode::Open { loudspeaker: true, .. } => {
            ("microphone open, shut while Voxfare speaks", "q hang up · m shut the microphone · Esc stop the voice")
        }
        EarMode::Open { .. } => {
            ("microphone open: wear headphones", "q hang up · m shut the microphone · Esc stop the voice")
        }
        EarMode::PushToTalk { open: true } => ("microphone open", "let go of space, or tap it, to send · q hang up"),
        EarMode::PushToTalk { open: false } => ("hold space to talk", "space talk · q hang up · Esc stop the voice"),
        EarMode::Recordings => ("speaking recordings", "q hang up · Esc stop the voice"),
    };
    let first = Line::from(vec![Span::raw(format!(" {state}")).bold(), Span::raw(format!(" · {ear}"))]);
    let second = Line::from(format!(" {keys}")).dim();
    frame.render_widget(Paragraph::new(vec![first, second]), area);
}

/// Keys that wait to be read.
const KEYS_MAX: usize = 16;
/// Room for a name before its meter.
const NAME_WIDTH: usize = 10;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::Event as ClientEvent;
    use crate::talk::view::caption;
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;

    fn screen(view: &View, width: u16, height: u16) -> Vec<String> {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("a test's terminal");
        terminal.draw(|frame| draw(frame, view)).expect("a test's terminal");
        let buffer = terminal.backend().buffer();
        let row = |y| (0..width).map(|x| buffer[(x, y)].symbol()).collect::<String>().trim_end().to_owned();
        (0..height).map(row).collect()
    }

    #[test]
    fn the_screen_shows_words_levels_and_keys() {
        let mut view = View::new("http://localhost:8080", EarMode::Open { muted: false, loudspeaker: false });
        view.event(&ClientEvent::Connected { session: "s".to_owned(), resumed: false });
        view.event(&caption("a", Who::Caller, "Find me a flight.", 17, CaptionState::Done));
        view.event(&caption("b", Who::Voxfare, "From where to where?", 9, CaptionState::Open));
        view.event(&ClientEvent::Latency { first_sound_ms: 312.4 });
        view.levels = (0.5, 0.0);
        let rows = screen(&view, 60, 8);
        assert!(rows[0].starts_with(" Voxfare http://localhost:8080") && rows[0].ends_with("answered in 312 ms"));
        assert_eq!(rows[1..3], ["you: Find me a flight.", "voxfare: From where to where?"]);
        assert_eq!(rows[4].matches('█').count(), 25, "{rows:?}");
        assert_eq!(rows[5].matches('█').count(), 0, "{rows:?}");
        assert_eq!(rows[6], " listening · microphone open: wear headphones");
        assert!(rows[7].contains("q hang up"));
    }

    #[test]
    fn the_newest_words_are_seen_however_small_the_terminal() {
        let mut view = View::new("h", EarMode::PushToTalk { open: false });
        for n in 0..60 {
            let text =
                format!("number {n} and some more words that need another row or two to be seen whole, it seems");
            view.event(&caption(&n.to_string(), Who::Voxfare, &text, 0, CaptionState::Open));
        }
        view.event(&caption("long", Who::Voxfare, &"x".repeat(90), 0, CaptionState::Open));
        view.event(&caption("last", Who::Voxfare, "the very last words", 0, CaptionState::Open));
        let rows = screen(&view, 40, 12);
        assert!(rows[7].ends_with("the very last words") || rows[7] == "words", "{rows:?}");
        for (width, height) in [(1, 1), (3, 2), (10, 4), (200, 60)] {
            screen(&view, width, height);
        }
    }

    #[test]
    fn keys_mean_what_the_foot_says() {
        let key = |code, modifiers| meaning(&Event::Key(KeyEvent::new(code, modifiers)));
        assert_eq!(key(KeyCode::Char('q'), KeyModifiers::NONE), Some(Key::Quit));
        assert_eq!(key(KeyCode::Char('c'), KeyModifiers::CONTROL), Some(Key::Quit));
        assert_eq!(key(KeyCode::Char('c'), KeyModifiers::NONE), None);
        assert_eq!(key(KeyCode::Char(' '), KeyModifiers::NONE), Some(Key::Down));
        let up = KeyEvent::new_with_kind(KeyCode::Char(' '), KeyModifiers::NONE, KeyEventKind::Release);
        assert_eq!(meaning(&Event::Key(up)), Some(Key::Up));
        assert_eq!(key(KeyCode::Esc, KeyModifiers::NONE), Some(Key::Stop));
    }
}
