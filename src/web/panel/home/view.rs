//! What the customer's home shows.
use crate::{
    domain::{billing::invoice, reports::PanelDashboard},
    kernel::format,
    web::{
        filters,
        frame::Frame,
        panel::{
            invoices::view::overdue_days,
            services::{
                living_first,
                view::{ServiceRow, href_of},
            },
        },
        tone::Tone,
    },
};
use askama::Template;
use chrono::{DateTime, Utc};
use entity::value::{Health, InstanceStatus, Money, PaymentStatus, SubscriptionStatus, TaskStatus, in_wib};

/// Services shown.
const ROWS: usize = 6;
/// Events shown.
const EVENTS: usize = 8;
/// Coming things shown.
const UPCOMING: usize = 5;

/// Something that should be known first.
pub struct Notice {
    pub tone: &'static str,
    pub title: String,
    pub text: String,
    pub href: Option<String>,
    pub link: String,
}

/// Something that will happen.
pub struct Upcoming {
    pub at: DateTime<Utc>,
    pub date: String,
    pub href: String,
    pub text: String,
    pub amount: String,
}

/// Something that happened.
pub struct Event {
    pub at: DateTime<Utc>,
    pub icon: &'static str,
    pub tone: &'static str,
    pub text: String,
    pub href: String,
    pub amount: String,
}

/// Everything on the home but the services.
pub struct HomeCard {
    pub summary: String,
    pub is_new: bool,
    pub notices: Vec<Notice>,
    pub services_count: String,
    pub services_note: String,
    pub services_tone: &'static str,
    pub owed: String,
    pub owed_note: String,
    pub owed_tone: &'static str,
    pub balance: String,
    pub balance_note: String,
    pub next: String,
    pub next_note: String,
    pub upcoming: Vec<Upcoming>,
    pub events: Vec<Event>,
}

/// The services on the home.
pub fn rows(frame: &Frame, facts: &PanelDashboard) -> Vec<ServiceRow> {
    let shown = facts.contracts.iter().take(ROWS);
    living_first(shown.map(|view| ServiceRow::build(frame, view, facts.instances.get(&view.subscription.id))).collect())
}

impl HomeCard {
    /// The home; `unverified` is the address that is still to be proven.
    pub fn build(frame: &Frame, facts: &PanelDashboard, unverified: Option<String>) -> Self {
        let money = |minor: i64| frame.money(&Money::new(minor, &facts.currency));
        let running = facts.instances.values().filter(|row| row.status == InstanceStatus::Running).count();
        let total = facts.contracts.len();
        let mood = mood(facts);
        let owed: i64 = facts.open_invoices.iter().map(invoice::open_minor).sum();
        let overdue = facts.open_invoices.iter().filter(|row| row.due_at.is_some_and(|due| due < frame.now)).count();
        let upcoming = upcoming(frame, facts, &money);
        Self {
            summary: frame.t(&format!("panel-home-summary-{mood}")),
            is_new: total == 0 && facts.invoices.is_empty(),
            notices: notices(frame, facts, unverified),
            services_count: frame
                .ta("panel-home-services-count", [("running", running.to_string()), ("total", total.to_string())]),
            services_note: frame.t(if mood == "well" {
                "panel-home-services-well"
            } else {
                "panel-home-services-running"
            }),
            services_tone: match mood {
                "well" => "good",
                "trouble" => "warn",
                _ => "quiet",
            },
            owed: money(owed),
            owed_note: match (facts.open_invoices.len(), overdue) {
                (0, _) => frame.t("panel-home-owed-none"),
                (n, 0) => frame.ta("panel-home-owed-count", [("n", n)]),
                (_, n) => frame.ta("panel-home-owed-overdue", [("n", n)]),
            },
            owed_tone: match (owed, overdue) {
                (0, _) => "quiet",
                (_, 0) => "warn",
                _ => "bad",
            },
            balance: money(facts.balance_minor),
            balance_note: frame.t("panel-home-balance-note"),
            next: upcoming.first().map_or_else(|| "–".to_owned(), |item| item.date.clone()),
            next_note: upcoming.first().map_or_else(|| frame.t("panel-next-nothing"), |item| item.text.clone()),
            upcoming,
            events: events(frame, facts, &money),
        }
    }
}

/// How things stand, in a word.
fn mood(facts: &PanelDashboard) -> &'static str {
    use InstanceStatus::{Error, Maintenance, NeedsReview, Pending, Provisioning, Running, Suspended};
    if facts.contracts.is_empty() {
        return if facts.invoices.is_empty() { "new" } else { "idle" };
    }
    let mut instances = facts.instances.values();
    let is_unwell = |health: Option<Health>| !matches!(health, None | Some(Health::Ok | Health::Starting));
    if instances.clone().any(|row| {
        matches!(row.status, Error | NeedsReview | Suspended | Maintenance)
            || row.status == Running && is_unwell(row.health)
    }) {
        "trouble"
    } else if instances.clone().any(|row| matches!(row.status, Pending | Provisioning))
        || facts.contracts.iter().any(|view| {
            matches!(view.subscription.status, SubscriptionStatus::Active | SubscriptionStatus::Trialing)
                && !facts.instances.contains_key(&view.subscription.id)
        })
    {
        "working"
    } else if instances.any(|row| row.status == Running) {
        let all = facts.contracts.len() == facts.instances.len();
        if all && facts.instances.values().all(|row| row.status == Running) { "well" } else { "some" }
    } else {
        "idle"
    }
}

fn notices(frame: &Frame, facts: &PanelDashboard, unverified: Option<String>) -> Vec<Notice> {
    let mut notices = Vec::new();
    if let Some(email) = unverified {
        notices.push(Notice {
            tone: "info",
            title: frame.t("panel-home-verify-title"),
            text: frame.ta("panel-home-verify-text", [("email", email)]),
            href: None,
            link: String::new(),
        });
    }
    for row in facts.open_invoices.iter().filter(|row| row.due_at.is_some_and(|due| due < frame.now)).take(3) {
        let days = overdue_days(row.due_at, frame.now).to_string();
        let amount = frame.money(&Money::new(invoice::open_minor(row), &row.currency));
        notices.push(Notice {
            tone: "bad",
            title: frame
                .ta("panel-home-overdue-title", [("number", row.number.clone().unwrap_or_default()), ("days", days)]),
            text: frame.ta("panel-home-overdue-text", [("amount", amount)]),
            href: Some(format!("/panel/invoices/{}/pay", row.id)),
            link: frame.t("action-pay-now"),
        });
    }
    notices
}

fn upcoming(frame: &Frame, facts: &PanelDashboard, money: &dyn Fn(i64) -> String) -> Vec<Upcoming> {
    let date = |at: DateTime<Utc>| format::day_month(in_wib(at).date_naive(), frame.lang);
    let bills = facts.open_invoices.iter().filter_map(|row| {
        let at = row.due_at?;
        Some(Upcoming {
            at,
            date: date(at),
            href: format!("/panel/invoices/{}", row.id),
            text: frame.ta("panel-upcoming-due", [("number", row.number.clone().unwrap_or_default())]),
            amount: money(invoice::open_minor(row)),
        })
    });
    let contracts = facts.contracts.iter().filter_map(|view| {
        let event = view.next_event()?;
        Some(Upcoming {
            at: event.at,
            date: date(event.at),
            href: href_of(view, facts.instances.get(&view.subscription.id)),
            text: frame
                .ta(&format!("panel-upcoming-{}", event.what.replace('_', "-")), [("service", &view.product.name)]),
            amount: String::new(),
        })
    });
    let mut all: Vec<Upcoming> = bills.chain(contracts).collect();
    all.sort_by_key(|item| item.at);
    all.truncate(UPCOMING);
    all
}

fn events(frame: &Frame, facts: &PanelDashboard, money: &dyn Fn(i64) -> String) -> Vec<Event> {
    let invoices = facts.invoices.iter().filter_map(|row| {
        let number = row.number.clone()?;
        Some(Event {
            at: row.issued_at?,
            icon: "file-invoice",
            tone: "quiet",
            text: frame.ta("panel-event-invoice-issued", [("number", number)]),
            href: format!("/panel/invoices/{}", row.id),
            amount: money(row.total_minor),
        })
    });
    let payments = facts.payments.iter().map(|row| {
        let (key, icon, tone) = match row.status {
            PaymentStatus::Failed | PaymentStatus::Cancelled | PaymentStatus::Expired => {
                ("panel-event-payment-closed", "circle-minus", "quiet")
            }
            status if status.is_open() => ("panel-event-payment-pending", "clock", "info"),
            _ => ("panel-event-payment-succeeded", "cash", "good"),
        };
        Event {
            at: row.settled_at.unwrap_or(row.created_at),
            icon,
            tone,
            text: frame.ta(key, [("method", frame.way_to_pay(&row.gateway, &row.method))]),
            href: match &row.invoice_id {
                Some(id) => format!("/panel/invoices/{id}"),
                None if row.status.is_open() => format!("/panel/payments/{}", row.id),
                None => "/panel/wallet".to_owned(),
            },
            amount: money(row.amount_minor),
        }
    });
    let works = facts.tasks.iter().map(|row| {
        let service = facts.instances.values().find(|instance| instance.id == row.instance_id);
        let service = service.map_or_else(String::new, |instance| instance.name.clone());
        let is_done = row.status == TaskStatus::Succeeded;
        let work = frame.word(if is_done { "panel-done" } else { "panel-work" }, row.action.as_str());
        Event {
            at: row.finished_at.unwrap_or(row.created_at),
            icon: "server",
            tone: Tone::of("task-status", row.status.as_str()).as_str(),
            text: match service.is_empty() {
                true => work,
                false => frame.ta("panel-event-work", [("work", work), ("service", service)]),
            },
            href: format!("/panel/services/{}/activity", row.instance_id),
            amount: String::new(),
        }
    });
    let mut all: Vec<Event> = invoices.chain(payments).chain(works).collect();
    all.sort_by_key(|event| std::cmp::Reverse(event.at));
    all.truncate(EVENTS);
    all
}

/// The page.
#[derive(Template)]
#[template(path = "panel/home/index.html")]
pub struct HomePage {
    pub frame: Frame,
    pub greeting: String,
    pub home: HomeCard,
    pub rows: Vec<ServiceRow>,
}

/// Its changing part.
#[derive(Template)]
#[template(path = "panel/home/_live.html")]
pub struct LiveFragment {
    pub frame: Frame,
    pub home: HomeCard,
    pub rows: Vec<ServiceRow>,
}
