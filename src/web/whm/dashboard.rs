//! What staff see first.
use crate::{
    domain::reports::whm::{WhmDashboard, whm_dashboard},
    kernel::{alert, format, permission::can},
    web::{WebError, filters, frame::Frame, principal::Staff, respond},
};
use actix_web::{
    HttpResponse,
    web::{self, ServiceConfig},
};
use entity::{platform::alert as alert_row, value::Money};

/// Height of the chart, in its own units.
const HEIGHT: i64 = 100;
/// Width of a bar with its gap.
const STEP: i64 = 24;

pub(super) fn routes(config: &mut ServiceConfig) {
    config.route("", web::get().to(show));
}

/// One day of the chart.
#[derive(Clone, Debug)]
pub struct Bar {
    pub day: String,
    pub amount: Money,
    pub x: i64,
    pub y: i64,
    pub height: i64,
}

#[derive(askama::Template)]
#[template(path = "whm/dashboard.html")]
pub struct DashboardPage {
    pub frame: Frame,
    pub facts: WhmDashboard,
    pub bars: Vec<Bar>,
}

impl DashboardPage {
    /// The page of these facts.
    pub fn new(frame: Frame, facts: WhmDashboard) -> Self {
        let most = facts.received.iter().map(|(_, minor)| *minor).max().unwrap_or(0).max(1);
        let bars = facts.received.iter().zip(0i64..).map(|((day, minor), place)| {
            let height = i64::try_from(i128::from(*minor) * i128::from(HEIGHT) / i128::from(most)).unwrap_or(HEIGHT);
            Bar {
                day: format::day(*day, frame.lang),
                amount: Money::idr(*minor),
                x: place * STEP,
                y: HEIGHT - height,
                height,
            }
        });
        let bars = bars.collect();
        Self { frame, facts, bars }
    }

    /// Rupiah in words.
    pub fn idr(&self, minor: impl std::borrow::Borrow<i64>) -> String {
        format::money(&Money::idr(*minor.borrow()), self.frame.lang)
    }

    /// Width of the chart.
    pub fn width(&self) -> i64 {
        STEP * i64::try_from(self.bars.len()).unwrap_or(0)
    }

    /// The highest bar in words: what the chart's height stands for.
    pub fn most(&self) -> String {
        self.idr(self.facts.received.iter().map(|(_, minor)| *minor).max().unwrap_or(0))
    }

    /// Where the chart begins.
    pub fn first_day(&self) -> &str {
        self.bars.first().map_or("", |bar| bar.day.as_str())
    }

    /// Where the chart ends.
    pub fn last_day(&self) -> &str {
        self.bars.last().map_or("", |bar| bar.day.as_str())
    }

    /// `tone` where there is something to do; nothing to do is calm.
    pub fn alarm(&self, count: impl std::fmt::Display, tone: &'static str) -> &'static str {
        if count.to_string() == "0" { "quiet" } else { tone }
    }

    /// An alert in the words of whoever reads.
    pub fn words(&self, row: &alert_row::Model) -> alert::Words {
        alert::words(row, self.frame.lang)
    }

    /// Received on all days shown.
    pub fn total(&self) -> i64 {
        self.facts.received.iter().map(|(_, minor)| *minor).sum()
    }
}

/// `GET /whm`
pub async fn show(staff: Staff<can::SeeDashboard>) -> Result<HttpResponse, WebError> {
    let facts = whm_dashboard(&staff.ctx).await.map_err(crate::kernel::fault::CommonFault::from)?;
    respond::page(&DashboardPage::new(staff.frame(), facts))
}
