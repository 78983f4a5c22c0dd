//! The shape of every report: days, figures, a chart where it helps, what the words mean, tables.
use crate::{
    domain::reports::{range::Range, sheet},
    kernel::{format, locale::Lang},
    web::{
        filters,
        frame::Frame,
        whm::view::{Action, Cell, Chip, Table},
    },
};
use chrono::NaiveDate;
use entity::value::{Money, business_day};

/// Height of a chart, in its own units.
const HEIGHT: i64 = 100;
/// Width of a bar with its gap.
const STEP: i64 = 24;

/// A figure that matters.
#[derive(Clone, Debug)]
pub struct Stat {
    pub label: String,
    pub value: String,
    pub note: String,
    pub tone: &'static str,
}

/// One bar of a chart, as its table says it too.
#[derive(Clone, Debug)]
pub struct Bar {
    pub label: String,
    pub amount: Money,
    pub x: i64,
    pub y: i64,
    pub height: i64,
}

/// Most bars that are each named below the chart; of more, only the first and the last are.
pub const MOST_NAMED: usize = 6;

/// Amounts by month, by age or by account.
#[derive(Clone, Debug)]
pub struct Chart {
    pub title: String,
    /// What the bars are of: the heading of the table.
    pub heading: String,
    pub now: String,
    pub most: String,
    pub width: i64,
    pub bars: Vec<Bar>,
}

impl Chart {
    /// Bars of these amounts, oldest first; nothing to show where none is above zero.
    pub fn new(frame: &Frame, title: String, series: &[(String, i64)]) -> Option<Self> {
        let chart = Self::of(frame, title, "report-month", series)?;
        Some(Self { now: chart.bars.last().map_or_else(String::new, |bar| frame.money(&bar.amount)), ..chart })
    }

    /// Bars of amounts that stand beside each other, named by the words of `heading`; the sum is what it says of itself.
    pub fn of(frame: &Frame, title: String, heading: &str, series: &[(String, i64)]) -> Option<Self> {
        let most = series.iter().map(|(_, minor)| *minor).max().filter(|most| *most > 0)?;
        let bars = series.iter().zip(0i64..).map(|((label, minor), place)| {
            let part = i128::from((*minor).max(0)) * i128::from(HEIGHT) / i128::from(most);
            let height = i64::try_from(part).unwrap_or(HEIGHT);
            Bar { label: label.clone(), amount: Money::idr(*minor), x: place * STEP, y: HEIGHT - height, height }
        });
        let bars: Vec<Bar> = bars.collect();
        Some(Self {
            title,
            heading: frame.t(heading),
            now: frame.money(&Money::idr(series.iter().map(|(_, minor)| *minor).sum())),
            most: format::money(&Money::idr(most), frame.lang),
            width: STEP * i64::try_from(bars.len()).unwrap_or(0),
            bars,
        })
    }

    /// Whether every bar is named below it.
    fn is_named(&self) -> bool {
        self.bars.len() <= MOST_NAMED
    }

    /// Where it begins and ends.
    fn ends(&self) -> (&str, &str) {
        (self.bars.first().map_or("", |bar| &bar.label), self.bars.last().map_or("", |bar| &bar.label))
    }
}

/// A table of a report, or why there is none.
#[derive(Clone, Debug)]
pub struct Section {
    pub title: String,
    pub subtitle: String,
    pub chips: Vec<Chip>,
    pub table: Table,
    pub empty: String,
    /// The first page, where this is a later one.
    pub first: String,
    /// The next page, if there is one.
    pub next: String,
}

impl Section {
    /// A whole table.
    pub fn new(title: String, subtitle: String, table: Table, empty: String) -> Self {
        Self { title, subtitle, chips: Vec::new(), table, empty, first: String::new(), next: String::new() }
    }
}

/// Which days: links for what is asked for often, and fields for anything else.
#[derive(Clone, Debug)]
pub struct Period {
    /// Where it leads; empty where there is nothing to pick.
    pub path: String,
    pub from: String,
    pub to: String,
    pub label: String,
    pub chips: Vec<Chip>,
    /// A report of one day asks for no beginning.
    pub is_day: bool,
}

impl Period {
    /// The picker of a report at `path` over `range`.
    pub fn span(frame: &Frame, path: &str, range: Range) -> Self {
        let today = business_day(frame.now);
        let month = Range::month_of(today);
        let known = [
            ("report-this-month", month),
            ("report-last-month", month.previous()),
            ("report-this-quarter", Range::quarter_of(today)),
            ("report-this-year", Range::year_of(today)),
            ("report-twelve-months", Range::last_twelve(today)),
        ];
        let chip = |label: String, span: Range, active| Chip { label, href: address(path, span), active };
        let mut chips = vec![chip(frame.t("report-earlier"), range.previous(), false)];
        chips.push(chip(frame.t("report-later"), range.next(), false));
        chips.extend(known.into_iter().map(|(key, span)| chip(frame.t(key), span, span == range)));
        Self {
            path: path.to_owned(),
            from: range.from.to_string(),
            to: range.last().to_string(),
            label: span_words(range, frame.lang),
            chips,
            is_day: false,
        }
    }

    /// Of a report of this moment: there is nothing to pick.
    pub fn now(frame: &Frame) -> Self {
        Self {
            path: String::new(),
            from: String::new(),
            to: String::new(),
            label: format::date_wib(frame.now, frame.lang),
            chips: Vec::new(),
            is_day: true,
        }
    }

    /// The picker of a report of one day.
    pub fn day(frame: &Frame, path: &str, day: NaiveDate) -> Self {
        let today = business_day(frame.now);
        let month = Range::month_of(today);
        let known = [
            ("report-today", today),
            ("report-end-of-last-month", month.previous().last()),
            ("report-end-of-last-year", Range::year_of(today).previous().last()),
        ];
        let chip = |(key, end): (&str, NaiveDate)| Chip {
            label: frame.t(key),
            href: format!("{path}?to={end}"),
            active: end == day,
        };
        Self {
            path: path.to_owned(),
            from: String::new(),
            to: day.to_string(),
            label: format::day(day, frame.lang),
            chips: known.into_iter().map(chip).collect(),
            is_day: true,
        }
    }
}

/// The address of a report over `range`.
pub fn address(path: &str, range: Range) -> String {
    format!("{path}?from={}&to={}", range.from, range.last())
}

/// A span in words: a month, or its first and last day.
pub fn span_words(range: Range, lang: Lang) -> String {
    if range == Range::month_of(range.from) {
        month_words(range.from, lang)
    } else {
        format!("{} – {}", format::day(range.from, lang), format::day(range.last(), lang))
    }
}

/// A month in words: `Nov 2026`.
pub fn month_words(month: NaiveDate, lang: Lang) -> String {
    let first = format::day(month, lang);
    first.split_once(' ').map_or(first.clone(), |(_, rest)| rest.to_owned())
}

/// A stored month (`2026-11`) in words.
pub fn month_of_word(word: &str, lang: Lang) -> String {
    let first: Option<NaiveDate> = format!("{word}-01").parse().ok();
    first.map_or_else(|| word.to_owned(), |first| month_words(first, lang))
}

/// Hundredths of a percent in words.
pub fn percent(share_bp: Option<i64>, lang: Lang) -> String {
    share_bp.map_or_else(|| "–".to_owned(), |share| sheet::percent(share, lang))
}

/// A report.
#[derive(askama::Template)]
#[template(path = "whm/report.html")]
pub struct ReportPage {
    pub frame: Frame,
    pub title: String,
    pub subtitle: String,
    pub period: Period,
    pub actions: Vec<Action>,
    /// Sentences above the figures: tone and sentence.
    pub notices: Vec<(&'static str, String)>,
    pub stats: Vec<Stat>,
    pub chart: Option<Chart>,
    pub sections: Vec<Section>,
    /// What the words of the report mean: word, one sentence.
    pub terms: Vec<(String, String)>,
}

impl ReportPage {
    /// An empty page of a report called `name`, whose words begin with `report-<name>`.
    pub fn new(frame: Frame, name: &str, period: Period) -> Self {
        Self {
            title: frame.t(&format!("nav-report-{name}")),
            subtitle: frame.t(&format!("report-{name}-text")),
            period,
            actions: Vec::new(),
            notices: Vec::new(),
            stats: Vec::new(),
            chart: None,
            sections: Vec::new(),
            terms: Vec::new(),
            frame,
        }
    }

    /// Adds a figure.
    pub fn stat(&mut self, key: &str, value: String, note: String) {
        self.stats.push(Stat { label: self.frame.t(key), value, note, tone: "quiet" });
    }

    /// Adds an amount.
    pub fn amount(&mut self, key: &str, minor: i64, note: String) {
        let value = format::money(&Money::idr(minor), self.frame.lang);
        self.stat(key, value, note);
    }

    /// Says whether the report agrees with the ledger.
    pub fn tie(&mut self, ties: bool, sentence: (&str, &str), figures: &[(&'static str, String)]) {
        let (tone, key) = if ties { ("good", sentence.0) } else { ("bad", sentence.1) };
        let text = self.frame.ta(key, figures);
        self.notices.push((tone, text));
    }

    /// Says what words mean: each `key` and `<key>-means`.
    pub fn means(&mut self, keys: &[&str]) {
        self.terms = keys.iter().map(|key| (self.frame.t(key), self.frame.t(&format!("{key}-means")))).collect();
    }

    /// The download of the report.
    pub fn csv(&mut self, address: String) {
        let action = Action::link(self.frame.t("report-csv"), address, "download");
        self.actions.push(action);
    }
}
