//! The billing day: what automation did, what it would do next, and the means to hold it back.
use super::{
    EmptyForm, done,
    view::{Action, Cell, DetailPage, Field, Kind, Part, Table},
};
use crate::{
    domain::{
        Ctx, customers,
        provisioning::clusters,
        reports::audit,
        settings,
        subscriptions::{
            self, Forecast, SubscriptionView,
            automation::{self, NewPause, Trip},
            find,
        },
    },
    kernel::{
        fault::{CommonFault, FieldFault},
        page::PageRequest,
        permission::can,
    },
    web::{WebError, forms::SafeForm, frame::Frame, principal::Staff, respond},
};
use actix_web::{
    HttpResponse,
    web::{self, Path, ServiceConfig},
};
use chrono::{DateTime, Days, NaiveDate, Utc};
use entity::{
    subscriptions::automation_pause,
    value::{ClusterId, CustomerId, Money, PauseHolds, PauseScope, ProductId, SubscriptionId, business_day, day_start},
};
use serde::Deserialize;
use std::collections::{BTreeSet, HashMap};

const HOME: &str = "/whm/billing-day";

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/billing-day", web::get().to(show))
        .route("/billing-day/pause", web::post().to(pause))
        .route("/billing-day/release", web::post().to(release))
        .route("/billing-day/pauses/{id}/lift", web::post().to(lift));
}

/// What is known of a day and of the next one.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Done on the business day before.
    pub yesterday: Forecast,
    /// Done today.
    pub today: Forecast,
    /// Still to be done today.
    pub rest: Forecast,
    /// To be done by the end of tomorrow.
    pub tomorrow: Forecast,
    /// Contracts that would be suspended or removed by then.
    pub hit: HashMap<SubscriptionId, SubscriptionView>,
    /// Pauses that hold.
    pub pauses: Vec<automation_pause::Model>,
    /// Names of customers and of staff, by id.
    pub customers: HashMap<CustomerId, String>,
    /// See `customers`.
    pub people: HashMap<String, String>,
    /// Names of products.
    pub products: HashMap<ProductId, String>,
    /// Names of clusters.
    pub clusters: HashMap<ClusterId, String>,
    /// Whether the circuit breaker holds suspensions back.
    pub trip: Option<Trip>,
}

async fn facts(ctx: &Ctx) -> Result<Facts, WebError> {
    let (db, now) = (&ctx.db, ctx.now());
    let today = business_day(now);
    let start = |day: Option<NaiveDate>| day_start(day.unwrap_or(today));
    let (morning, evening) = (day_start(today), start(today.checked_add_days(Days::new(1))));
    let before = start(today.checked_sub_days(Days::new(1)));
    let next_evening = start(today.checked_add_days(Days::new(2)));
    let last_moment = chrono::Duration::seconds(1);
    let done = async |from, to| automation::done_between(db, from, to).await.map_err(CommonFault::from);
    let mut facts = Facts {
        yesterday: done(before, morning).await?,
        today: done(morning, evening).await?,
        rest: subscriptions::forecast(ctx, evening - last_moment).await?,
        tomorrow: subscriptions::forecast(ctx, next_evening - last_moment).await?,
        pauses: automation::open_pauses(db, now, &PageRequest::default()).await.map_err(CommonFault::from)?.rows,
        trip: {
            let rules = settings::current(ctx).await.map_err(CommonFault::from)?;
            automation::tripped(db, &rules.automation, now).await.map_err(CommonFault::from)?
        },
        ..Facts::default()
    };
    let mut ids: BTreeSet<SubscriptionId> = facts.tomorrow.hit.iter().map(|(id, _)| id.clone()).collect();
    let of = |scope: PauseScope| {
        facts.pauses.iter().filter(move |row| row.scope == scope).filter_map(|row| row.target_id.clone())
    };
    ids.extend(of(PauseScope::Subscription).map(SubscriptionId));
    let paused: Vec<CustomerId> = of(PauseScope::Customer).map(CustomerId).collect();
    facts.hit = find::views_of(ctx, &ids.into_iter().collect::<Vec<_>>()).await.map_err(CommonFault::from)?;
    let owners = facts.hit.values().map(|view| view.subscription.customer_id.clone());
    let owners: Vec<CustomerId> = owners.chain(paused).collect();
    facts.customers = customers::names_of(db, owners).await.map_err(CommonFault::from)?;
    let people: Vec<String> = facts.pauses.iter().map(|row| row.placed_by.clone()).collect();
    facts.people = audit::names_of(ctx, people).await.map_err(CommonFault::from)?;
    let plans = crate::domain::catalog::known_plans(ctx, &[]).await.map_err(CommonFault::from)?;
    facts.products = plans.values().map(|(_, product)| (product.id.clone(), product.name.clone())).collect();
    let clusters = clusters::names(db).await.map_err(CommonFault::from)?;
    facts.clusters = clusters.into_iter().collect();
    Ok(facts)
}

/// `GET /whm/billing-day`
pub async fn show(staff: Staff<can::ReadSubscriptions>) -> Result<HttpResponse, WebError> {
    let facts = facts(&staff.ctx).await?;
    let may_control = staff.may::<can::ControlAutomation>();
    respond::page(&page(staff.frame(), &facts, may_control))
}

pub(super) fn page(frame: Frame, facts: &Facts, may_control: bool) -> DetailPage {
    let mut actions = Vec::new();
    if may_control {
        if facts.trip.is_some() {
            let text = frame.t("whm-breaker-release-text");
            let release = format!("{HOME}/release");
            actions.push(Action::ask(frame.t("whm-breaker-release"), text, "release", release, "player-play"));
        }
        actions.push(pause_action(&frame, facts));
    }
    DetailPage {
        title: frame.t("nav-billing-day"),
        subtitle: frame.t("whm-billing-day-text"),
        back: "/whm".to_owned(),
        back_label: frame.t("nav-dashboard"),
        notice: notice(&frame, facts),
        actions,
        facts: vec![
            (frame.t("whm-renewals-yesterday"), amount(&facts.yesterday)),
            (frame.t("whm-renewals-today"), amount(&facts.today)),
            (frame.t("whm-renewals-rest"), amount(&facts.rest)),
            (frame.t("whm-renewals-tomorrow"), amount(&facts.tomorrow)),
            (frame.t("whm-late-fees-tomorrow"), late_fees(&facts.tomorrow)),
            (
                frame.t("whm-breaker"),
                Cell::Text(frame.t(if facts.trip.is_some() { "whm-breaker-open" } else { "whm-breaker-closed" })),
            ),
        ],
        parts: vec![
            Part::Rows(frame.t("whm-billing-day-counts"), counts(&frame, facts)),
            Part::Rows(frame.t("whm-billing-day-hit"), hit(&frame, facts)),
            Part::Rows(frame.t("whm-pauses"), pauses(&frame, facts, may_control)),
        ],
        frame,
    }
}

fn notice(frame: &Frame, facts: &Facts) -> (&'static str, String) {
    match facts.trip {
        Some(Trip::Suspensions { today, limit }) => {
            let words = [("today", today.to_string()), ("limit", limit.to_string())];
            ("bad", frame.ta("whm-breaker-suspensions", words))
        }
        Some(Trip::Silence { hours }) => ("bad", frame.ta("whm-breaker-silence", [("hours", hours)])),
        None if facts.pauses.iter().any(|row| row.scope == PauseScope::Everything) => {
            let is_all = |row: &automation_pause::Model| {
                row.scope == PauseScope::Everything && row.holds == PauseHolds::Everything
            };
            let said = if facts.pauses.iter().any(is_all) { "whm-paused-everything" } else { "whm-paused-mails" };
            ("warn", frame.t(said))
        }
        None => ("info", String::new()),
    }
}

fn amount(forecast: &Forecast) -> Cell {
    // Other currencies have lines of their own in the books; here the home currency counts.
    Cell::Money(Money::idr(forecast.net.get(entity::value::IDR).copied().unwrap_or(0)))
}

/// What fees come to; nothing where none comes.
fn late_fees(forecast: &Forecast) -> Cell {
    forecast.late_fees.get(entity::value::IDR).map_or(Cell::Nothing, |minor| Cell::Money(Money::idr(*minor)))
}

fn counts(frame: &Frame, facts: &Facts) -> Table {
    let columns = [
        (frame.t("whm-step"), "cell-main"),
        (frame.t("whm-yesterday"), "num"),
        (frame.t("whm-today"), "num"),
        (frame.t("whm-still-today"), "cell-side num"),
        (frame.t("whm-until-tomorrow"), "num"),
        (frame.t("whm-difference"), "num"),
    ];
    let of = |forecast: &Forecast, word: &str| match word {
        "renewal" => forecast.renewals,
        step => forecast.steps.get(step).copied().unwrap_or(0),
    };
    let against = automation::against(&facts.yesterday, &facts.today, &facts.rest);
    let rows = std::iter::once("renewal").chain(automation::STEPS).map(|word| {
        let [before, done, rest, later] =
            [&facts.yesterday, &facts.today, &facts.rest, &facts.tomorrow].map(|forecast| of(forecast, word));
        let number = |n: u64| Cell::text(n.to_string());
        let difference = match word {
            "renewal" => against.renewals,
            step => against.steps.get(step).copied().unwrap_or(0),
        };
        vec![
            Cell::Text(frame.word("billing-step", word)),
            number(before),
            number(done),
            number(rest),
            number(later),
            Cell::Text(if difference > 0 { format!("+{difference}") } else { difference.to_string() }),
        ]
    });
    Table::new(frame.t("whm-billing-day-counts"), columns).with(rows)
}

fn hit(frame: &Frame, facts: &Facts) -> Table {
    let columns = [
        (frame.t("whm-subscription"), "cell-main"),
        (frame.t("whm-customer"), "cell-sub"),
        (frame.t("whm-step"), "cell-side"),
        (frame.t("whm-price"), "num"),
    ];
    let rows = facts.tomorrow.hit.iter().filter_map(|(id, word)| {
        let view = facts.hit.get(id)?;
        let row = &view.subscription;
        Some(vec![
            service(id, facts),
            Cell::customer(facts.customers.get(&row.customer_id), row.customer_id.as_str()),
            Cell::Text(frame.word("billing-step", word)),
            Cell::price(frame, row.price_minor, &row.currency, row.tax_included),
        ])
    });
    Table::new(frame.t("whm-billing-day-hit"), columns).with(rows)
}

fn service(id: &SubscriptionId, facts: &Facts) -> Cell {
    let name = facts.hit.get(id).map(|view| format!("{} {}", view.product.name, view.plan.name));
    Cell::link(name.unwrap_or_else(|| id.to_string()), format!("/whm/subscriptions/{id}"))
}

fn pauses(frame: &Frame, facts: &Facts, may_control: bool) -> Table {
    let columns = [
        (frame.t("whm-pause-scope"), "cell-main"),
        (frame.t("whm-reason"), "cell-sub"),
        (frame.t("whm-pause-holds"), ""),
        (frame.t("whm-by"), ""),
        (frame.t("whm-until"), ""),
        (frame.t("whm-resume"), "cell-side"),
    ];
    let rows = facts.pauses.iter().map(|row| {
        let id = row.target_id.clone().unwrap_or_default();
        let target = match row.scope {
            PauseScope::Everything => Cell::Text(frame.word("pause-scope", "everything")),
            PauseScope::Cluster => Cell::Text(facts.clusters.get(&ClusterId(id.clone())).cloned().unwrap_or(id)),
            PauseScope::Product => Cell::Text(facts.products.get(&ProductId(id.clone())).cloned().unwrap_or(id)),
            PauseScope::Customer => Cell::customer(facts.customers.get(&CustomerId(id.clone())), &id),
            PauseScope::Subscription => service(&SubscriptionId(id), facts),
        };
        let lift = (frame.t("whm-resume"), format!("{HOME}/pauses/{}/lift", row.id), "secondary");
        vec![
            target,
            Cell::text(&row.reason),
            Cell::Text(frame.word("pause-holds", row.holds.as_str())),
            Cell::text(facts.people.get(&row.placed_by).unwrap_or(&row.placed_by)),
            Cell::Time(row.ends_at),
            if may_control { Cell::Posts(vec![lift]) } else { Cell::Nothing },
        ]
    });
    Table::new(frame.t("whm-pauses"), columns).with(rows)
}

fn pause_action(frame: &Frame, facts: &Facts) -> Action {
    let mut targets = vec![("everything".to_owned(), frame.word("pause-scope", "everything"))];
    let mut products: Vec<_> = facts.products.iter().collect();
    products.sort_by_key(|(_, name)| *name);
    let mut clusters: Vec<_> = facts.clusters.iter().collect();
    clusters.sort_by_key(|(_, name)| *name);
    targets.extend(
        clusters
            .into_iter()
            .map(|(id, name)| (format!("cluster:{id}"), frame.ta("whm-pause-cluster", [("name", name)]))),
    );
    targets.extend(products.into_iter().map(|(id, name)| (format!("product:{id}"), name.clone())));
    ask_to_pause(frame, Field::new("target", frame.t("whm-pause-scope"), Kind::Choice(targets)))
}

/// The question whether and until when automation is to rest for `target`.
pub(super) fn ask_to_pause(frame: &Frame, target: Field) -> Action {
    let text = frame.t("whm-pause-text");
    let ask = Action::ask(frame.t("whm-pause"), text, "pause", format!("{HOME}/pause"), "player-pause");
    let holds = PauseHolds::ALL.iter().map(|one| (one.to_string(), frame.word("pause-holds", one.as_str()))).collect();
    ask.with(vec![
        target,
        Field::new("holds", frame.t("whm-pause-holds"), Kind::Choice(holds)).value(PauseHolds::Everything.as_str()),
        Field::new("ends_on", frame.t("whm-pause-until"), Kind::Line("date")).help(frame.t("whm-pause-until-help")),
        Field::line("reason", frame.t("whm-reason")),
    ])
}

/// A pause as typed.
#[derive(Deserialize)]
pub struct PauseForm {
    target: String,
    #[serde(default)]
    holds: String,
    ends_on: String,
    reason: String,
}

/// `POST /whm/billing-day/pause`
pub async fn pause(
    staff: Staff<can::ControlAutomation>,
    SafeForm(form): SafeForm<PauseForm>,
) -> Result<HttpResponse, WebError> {
    let (scope, target_id) = form.target.split_once(':').unwrap_or((form.target.as_str(), ""));
    let unknown = || CommonFault::Invalid(vec![FieldFault::new("target", "unknown")]);
    let scope = PauseScope::parse(scope).ok_or_else(unknown)?;
    let ends_at = until_the_end_of(&form.ends_on)?;
    let holds = match form.holds.as_str() {
        "" => PauseHolds::Everything,
        word => {
            PauseHolds::parse(word).ok_or_else(|| CommonFault::Invalid(vec![FieldFault::new("holds", "unknown")]))?
        }
    };
    automation::pause(&staff.ctx, NewPause { scope, holds, target_id, ends_at, reason: &form.reason }).await?;
    let back = match scope {
        PauseScope::Subscription => format!("/whm/subscriptions/{target_id}"),
        PauseScope::Customer => format!("/whm/customers/{target_id}"),
        PauseScope::Everything | PauseScope::Cluster | PauseScope::Product => HOME.to_owned(),
    };
    Ok(done(&back, "whm-pause-placed"))
}

/// The end of a business day as typed.
fn until_the_end_of(day: &str) -> Result<DateTime<Utc>, CommonFault> {
    let invalid = || CommonFault::Invalid(vec![FieldFault::new("ends_at", "invalid")]);
    let day: NaiveDate = day.trim().parse().map_err(|_| invalid())?;
    Ok(day_start(day.checked_add_days(Days::new(1)).ok_or_else(invalid)?))
}

/// `POST /whm/billing-day/release`
pub async fn release(staff: Staff<can::ControlAutomation>, _: SafeForm<EmptyForm>) -> Result<HttpResponse, WebError> {
    automation::release(&staff.ctx).await?;
    Ok(done(HOME, "whm-breaker-released"))
}

/// `POST /whm/billing-day/pauses/{id}/lift`
pub async fn lift(
    staff: Staff<can::ControlAutomation>,
    id: Path<String>,
    _: SafeForm<EmptyForm>,
) -> Result<HttpResponse, WebError> {
    automation::lift(&staff.ctx, &id).await?;
    Ok(done(HOME, "whm-pause-lifted"))
}
