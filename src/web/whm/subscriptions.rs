//! Contracts: their holds, their cycles, their end.
use super::{
    EmptyForm, billing_day, done, form_key, history, not_confirmed, once, plan_change,
    query::ListQuery,
    sent_key,
    view::{Action, Cell, DetailPage, Field, Kind, ListPage, Part, Table},
    waiting,
};
use crate::{
    domain::{
        Ctx, customers,
        provisioning::{self, follow},
        subscriptions::{
            SubscriptionView, automation, cancel,
            find::{self, Filter},
            grace, hold,
            skipped::{self, Skipped},
        },
    },
    kernel::{fault::CommonFault, format, permission::can},
    web::{
        WebError,
        forms::SafeForm,
        frame::Frame,
        panel::orders::view::in_words,
        principal::{Fresh, Staff},
        respond,
    },
};
use actix_web::{
    HttpResponse,
    web::{self, Path, Query, ServiceConfig},
};
use chrono::NaiveDate;
use entity::{
    provisioning::instance,
    subscriptions::cycle,
    value::{CustomerId, HoldReason, Money, SubscriptionId, SubscriptionStatus},
};
use serde::Deserialize;
use std::collections::HashMap;

const HOME: &str = "/whm/subscriptions";
/// Reasons a member of staff may give; the others come from payments.
const BY_HAND: &[HoldReason] = &[HoldReason::Staff, HoldReason::Abuse, HoldReason::Fraud];
/// Those he may lift; for room only where there is some.
const LIFTED_BY_HAND: &[HoldReason] = &[HoldReason::Staff, HoldReason::Abuse, HoldReason::Fraud, HoldReason::Capacity];

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/subscriptions", web::get().to(list))
        .route("/subscriptions/{id}", web::get().to(show))
        .route("/subscriptions/{id}/suspend", web::post().to(suspend))
        .route("/subscriptions/{id}/unsuspend", web::post().to(unsuspend))
        .route("/subscriptions/{id}/grace", web::post().to(extend_grace))
        .route("/subscriptions/{id}/move-here", web::post().to(move_here))
        .route("/subscriptions/{id}/terminate", web::post().to(terminate));
}

/// `GET /whm/subscriptions`
pub async fn list(staff: Staff<can::ReadSubscriptions>, query: Query<ListQuery>) -> Result<HttpResponse, WebError> {
    let db = &staff.ctx.db;
    let filter = Filter {
        customer_id: query.of_customer().map(CustomerId::from),
        status: SubscriptionStatus::parse(query.state()),
    };
    let page = find::list(&staff.ctx, &filter, &query.page()).await.map_err(CommonFault::from)?;
    let ids = page.rows.iter().map(|row| row.subscription.customer_id.clone());
    let names = customers::names_of(db, ids).await.map_err(CommonFault::from)?;
    respond::page(&list_page(staff.frame(), &query, &page.rows, &names, page.next_cursor.as_deref()))
}

pub(super) fn list_page(
    frame: Frame,
    query: &ListQuery,
    rows: &[SubscriptionView],
    names: &HashMap<CustomerId, String>,
    next: Option<&str>,
) -> ListPage {
    let columns = [
        (frame.t("whm-plan"), "cell-main"),
        (frame.t("whm-customer"), "cell-sub"),
        (frame.t("whm-status"), "cell-side"),
        (frame.t("whm-cycle"), ""),
        (frame.t("whm-until"), ""),
        (frame.t("whm-price"), "num"),
    ];
    let cells = rows.iter().map(|view| {
        let row = &view.subscription;
        vec![
            Cell::link(format!("{} {}", view.product.name, view.plan.name), format!("{HOME}/{}", row.id)),
            Cell::customer(names.get(&row.customer_id), row.customer_id.as_str()),
            Cell::Status("subscription-status", row.status.as_str()),
            Cell::text(frame.word("cycle", row.cycle.as_str())),
            row.period_end.map_or(Cell::Nothing, Cell::Day),
            Cell::price(&frame, row.price_minor, &row.currency, row.tax_included),
        ]
    });
    let states: Vec<&str> = SubscriptionStatus::ALL.iter().map(|status| status.as_str()).collect();
    ListPage {
        title: frame.t("nav-subscriptions"),
        subtitle: String::new(),
        actions: Vec::new(),
        search: Default::default(),
        chips: query.chips(&frame, HOME, "subscription-status", &states),
        table: Table::new(frame.t("nav-subscriptions"), columns).with(cells),
        is_filtered: query.is_filtered(),
        home: HOME.to_owned(),
        is_later: query.cursor.is_some(),
        next: query.next(HOME, next),
        frame,
    }
}

/// `GET /whm/subscriptions/{id}`
pub async fn show(staff: Staff<can::ReadSubscriptions>, id: Path<SubscriptionId>) -> Result<HttpResponse, WebError> {
    let (db, id) = (&staff.ctx.db, id.into_inner());
    let view = find::view(&staff.ctx, &id).await?;
    let cycles = find::cycles(db, &id).await.map_err(CommonFault::from)?;
    let customer = customers::get(db, &view.subscription.customer_id).await?;
    let instances = provisioning::find::by_subscription(db, std::slice::from_ref(&id)).await;
    let instance = instances.map_err(CommonFault::from)?.remove(&id);
    let mut page = detail_page(staff.frame(), &view, &customer.name, instance.as_ref(), &cycles);
    let skipped = skipped::of(&staff.ctx, &view.subscription).await.map_err(CommonFault::from)?;
    page.parts.push(skipped_part(&page.frame, skipped));
    let actions = acts(&staff, &page.frame, &view);
    page.actions.extend(actions);
    let may_change = staff.may::<can::ChangePlans>();
    page.facts.extend(plan_change::under_way(&staff.ctx, &page.frame, &id, may_change).await?);
    if may_change {
        let offered = plan_change::offers(&staff.ctx, &page.frame, &view).await?;
        page.actions.extend(offered);
    }
    if let Some(day) = grace::suspends_on(&staff.ctx, &id).await? {
        page.facts.push((page.frame.t("whm-suspends-on"), Cell::Day(day)));
        if staff.may::<can::ControlAutomation>() {
            let action = grace_action(&page.frame, &id, day);
            page.actions.push(action);
        }
    }
    let paused = automation::is_paused(db, &view.subscription, staff.ctx.now()).await.map_err(CommonFault::from)?;
    let now = staff.ctx.now();
    let resting = automation::mails_rest_until(db, std::slice::from_ref(&id), now).await.map_err(CommonFault::from)?;
    if paused {
        page.notice = ("warn", page.frame.t("whm-paused-this"));
    } else {
        if resting.contains_key(&id) {
            page.notice = ("warn", page.frame.t("whm-paused-mails-this"));
        }
        if staff.may::<can::ControlAutomation>() && view.subscription.status != SubscriptionStatus::Terminated {
            let target = Field::hidden("target", format!("subscription:{id}"));
            let action = billing_day::ask_to_pause(&page.frame, target);
            page.actions.push(action);
        }
    }
    history::offer(&staff, &page.frame, &mut page.actions, &format!("{HOME}/{id}"));
    respond::page(&page)
}

/// What did not happen, and why.
fn skipped_part(frame: &Frame, all: Vec<Skipped>) -> Part {
    let columns = [
        (frame.t("whm-step"), "cell-main"),
        (frame.t("whm-reason"), "cell-sub"),
        (frame.t("whm-note"), ""),
        (frame.t("whm-skipped-first"), ""),
        (frame.t("whm-skipped-last"), "cell-side"),
    ];
    let rows = all.into_iter().map(|one| {
        vec![
            Cell::Text(frame.word("billing-step", &one.step)),
            Cell::Text(frame.word("skipped-reason", &one.reason)),
            Cell::maybe(one.note),
            Cell::Time(one.first_at),
            Cell::Time(one.last_at),
        ]
    });
    Part::Rows(frame.t("whm-skipped"), Table::new(frame.t("whm-skipped"), columns).with(rows))
}

fn grace_action(frame: &Frame, id: &SubscriptionId, day: NaiveDate) -> Action {
    let text = frame.ta("whm-grace-text", [("day", format::day(day, frame.lang))]);
    Action::ask(frame.t("whm-grace"), text, "grace", format!("{HOME}/{id}/grace"), "hourglass").with(vec![
        Field::number("days", frame.t("whm-grace-days")).value("7"),
        Field::line("reason", frame.t("whm-reason")),
        Field::hidden("key", form_key()),
    ])
}

fn acts(staff: &Staff<can::ReadSubscriptions>, frame: &Frame, view: &SubscriptionView) -> Vec<Action> {
    let row = &view.subscription;
    let to = |verb: &str| format!("{HOME}/{}/{verb}", row.id);
    let words = |reason: &HoldReason| (reason.as_str().to_owned(), frame.word("hold-reason", reason.as_str()));
    let mut acts = Vec::new();
    if staff.may::<can::SuspendSubscriptions>() {
        let held = |reason: &HoldReason| view.holds.iter().any(|hold| hold.reason == *reason);
        let lift: Vec<&HoldReason> = LIFTED_BY_HAND.iter().filter(|reason| held(reason)).collect();
        let place: Vec<&HoldReason> = BY_HAND.iter().filter(|reason| !held(reason)).collect();
        let is_live = !matches!(row.status, SubscriptionStatus::Pending | SubscriptionStatus::Terminated);
        if is_live && !place.is_empty() {
            let choice = Kind::Choice(place.into_iter().map(words).collect());
            let fields = vec![
                Field::new("hold", frame.t("whm-hold-reason"), choice),
                Field::line("reason", frame.t("whm-note")),
            ];
            let ask = Action::ask(frame.t("whm-suspend"), frame.t("whm-suspend-text"), "suspend", to("suspend"), "ban");
            acts.push(ask.with(fields));
        }
        if !lift.is_empty() {
            let choice = Kind::Choice(lift.into_iter().map(words).collect());
            let text = frame.t("whm-unsuspend-text");
            let ask = Action::ask(frame.t("whm-unsuspend"), text, "unsuspend", to("unsuspend"), "player-play");
            acts.push(ask.with(vec![Field::new("hold", frame.t("whm-hold-reason"), choice)]));
        }
    }
    if staff.may::<can::RefundPayments>() && view.is_waiting {
        acts.push(waiting::refund_action(frame, view));
    }
    // What has no template is nothing a machine can be made of.
    let can_move = row.elsewhere.is_some() && view.product.service_template_id.is_some();
    let is_active = matches!(row.status, SubscriptionStatus::Active | SubscriptionStatus::Trialing);
    if staff.may::<can::RetryTasks>() && can_move && is_active {
        let text = frame.t("whm-move-here-text");
        acts.push(Action::ask(frame.t("whm-move-here"), text, "move-here", to("move-here"), "server"));
    }
    if staff.may::<can::TerminateSubscriptions>() && row.status != SubscriptionStatus::Terminated {
        let text = frame.t("whm-terminate-text");
        let ask = Action::ask(frame.t("whm-terminate"), text, "terminate", to("terminate"), "trash");
        acts.push(ask.danger().type_this(&view.plan.code).with(vec![Field::line("reason", frame.t("whm-reason"))]));
    }
    acts
}

pub(super) fn detail_page(
    frame: Frame,
    view: &SubscriptionView,
    customer: &str,
    instance: Option<&instance::Model>,
    cycles: &[cycle::Model],
) -> DetailPage {
    let row = &view.subscription;
    let day = |day: Option<chrono::NaiveDate>| day.map_or(Cell::Nothing, Cell::Day);
    let runs = instance.map_or(Cell::Nothing, |row| Cell::link(&row.name, format!("/whm/instances/{}", row.id)));
    let order = row.order_id.as_ref();
    let facts = vec![
        (frame.t("whm-status"), Cell::Status("subscription-status", row.status.as_str())),
        (frame.t("whm-customer"), Cell::link(customer, format!("/whm/customers/{}", row.customer_id))),
        (frame.t("whm-plan"), Cell::link(&view.plan.name, format!("/whm/plans/{}", row.plan_id))),
        (frame.t("whm-instance"), runs),
        (
            frame.t("whm-elsewhere"),
            row.elsewhere.as_deref().map_or(Cell::Nothing, |place| match place {
                "" => Cell::text(frame.t("whm-elsewhere-unknown")),
                place => Cell::text(place),
            }),
        ),
        (
            frame.t("whm-order"),
            order.map_or(Cell::Nothing, |id| Cell::link(frame.t("action-open"), format!("/whm/orders/{id}"))),
        ),
        (frame.t("whm-cycle"), Cell::text(frame.word("cycle", row.cycle.as_str()))),
        (frame.t("whm-price"), Cell::price(&frame, row.price_minor, &row.currency, row.tax_included)),
        (frame.t("whm-options"), Cell::maybe(in_words(&row.options, &frame))),
        (
            frame.t("whm-next-terms"),
            row.next_terms.as_ref().zip(view.next_plan.as_ref()).map_or(Cell::Nothing, |(terms, plan)| {
                let price = frame.price(&Money::new(terms.price_minor, &row.currency), terms.tax_included);
                let cycle = frame.word("per-cycle", terms.cycle.as_str());
                Cell::text(format!("{}, {price} {cycle}", plan.name))
            }),
        ),
        (frame.t("whm-coupon"), Cell::maybe(row.discount.as_ref().map(|sold| sold.code.as_str()))),
        (frame.t("whm-period-start"), day(row.period_start)),
        (frame.t("whm-until"), day(row.period_end)),
        (frame.t("whm-next-renewal"), Cell::maybe_time(row.next_renewal_at)),
        (frame.t("whm-auto-renew"), Cell::Text(frame.t(if row.auto_renew { "whm-yes" } else { "whm-no" }))),
        (frame.t("whm-activated"), Cell::maybe_time(row.activated_at)),
        (frame.t("whm-ended"), Cell::maybe_time(row.terminated_at)),
        (frame.t("whm-end-reason"), Cell::maybe(row.end_reason.as_deref().map(|reason| frame.why(reason)))),
        (frame.t("whm-cancel-reason"), Cell::maybe(row.cancel_reason.as_deref().map(|reason| frame.why(reason)))),
        ("ID".to_owned(), Cell::Code(row.id.0.clone())),
    ];
    let hold_heads = [
        (frame.t("whm-hold-reason"), "cell-main"),
        (frame.t("whm-note"), "cell-sub"),
        (frame.t("whm-when"), "cell-side"),
    ];
    let holds = view.holds.iter().map(|hold| {
        let reason = frame.word("hold-reason", hold.reason.as_str());
        let words = |note: &String| frame.known(&format!("hold-note-{}", note.replace('_', "-")));
        let note = hold.note.clone().map(|note| words(&note).unwrap_or(note));
        vec![Cell::Text(reason), Cell::maybe(note), Cell::Time(hold.placed_at)]
    });
    let heads = [
        (frame.t("whm-number"), "cell-main"),
        (frame.t("whm-period-start"), "cell-sub"),
        (frame.t("whm-until"), ""),
        (frame.t("whm-status"), "cell-side"),
        (frame.t("whm-invoice"), ""),
    ];
    let rows = cycles.iter().map(|cycle| {
        let invoice = cycle.invoice_id.as_ref();
        vec![
            Cell::text(cycle.number.to_string()),
            day(cycle.period_start),
            day(cycle.period_end),
            Cell::Status("subscription-cycle-status", cycle.status.as_str()),
            invoice.map_or(Cell::Nothing, |id| Cell::link(frame.t("action-open"), format!("/whm/invoices/{id}"))),
        ]
    });
    DetailPage {
        title: format!("{} {}", view.product.name, view.plan.name),
        subtitle: customer.to_owned(),
        back: HOME.to_owned(),
        back_label: frame.t("nav-subscriptions"),
        notice: if view.is_waiting { ("warn", waiting::words(&frame, view)) } else { ("info", String::new()) },
        actions: Vec::new(),
        facts,
        parts: vec![
            Part::Rows(frame.t("whm-holds"), Table::new(frame.t("whm-holds"), hold_heads).with(holds)),
            Part::Rows(frame.t("whm-cycles"), Table::new(frame.t("whm-cycles"), heads).with(rows)),
        ],
        frame,
    }
}

/// A hold as typed.
#[derive(Deserialize)]
pub struct HoldForm {
    hold: String,
    reason: Option<String>,
}

fn by_hand(word: &str, allowed: &[HoldReason]) -> Result<HoldReason, WebError> {
    let reason = HoldReason::parse(word).filter(|reason| allowed.contains(reason));
    Ok(reason.ok_or(CommonFault::NotFound)?)
}

/// `POST /whm/subscriptions/{id}/suspend`
pub async fn suspend(
    staff: Staff<can::SuspendSubscriptions>,
    id: Path<SubscriptionId>,
    SafeForm(form): SafeForm<HoldForm>,
) -> Result<HttpResponse, WebError> {
    hold::place(&staff.ctx, &id, by_hand(&form.hold, BY_HAND)?, form.reason.as_deref()).await?;
    Ok(done(&format!("{HOME}/{id}"), "whm-suspended"))
}

/// `POST /whm/subscriptions/{id}/unsuspend`
pub async fn unsuspend(
    staff: Staff<can::SuspendSubscriptions>,
    id: Path<SubscriptionId>,
    SafeForm(form): SafeForm<HoldForm>,
) -> Result<HttpResponse, WebError> {
    hold::lift(&staff.ctx, &id, by_hand(&form.hold, LIFTED_BY_HAND)?).await?;
    Ok(done(&format!("{HOME}/{id}"), "whm-unsuspended"))
}

/// More time as typed.
#[derive(Deserialize)]
pub struct GraceForm {
    days: i64,
    reason: String,
    key: String,
}

/// `POST /whm/subscriptions/{id}/grace`: more days before it is suspended.
pub async fn extend_grace(
    staff: Staff<can::ControlAutomation>,
    id: Path<SubscriptionId>,
    SafeForm(form): SafeForm<GraceForm>,
) -> Result<HttpResponse, WebError> {
    let act = async |ctx: &Ctx| Ok(grace::extend(ctx, &id, form.days, &form.reason).await?);
    once(&staff.ctx, "extend-grace", sent_key(&form.key)?, act).await?;
    Ok(done(&format!("{HOME}/{id}"), "whm-grace-extended"))
}

/// `POST /whm/subscriptions/{id}/move-here`: a machine of ours for a contract whose machine is elsewhere.
pub async fn move_here(
    staff: Staff<can::RetryTasks>,
    id: Path<SubscriptionId>,
    _: SafeForm<EmptyForm>,
) -> Result<HttpResponse, WebError> {
    follow::move_here(&staff.ctx, &id).await?;
    Ok(done(&format!("{HOME}/{id}"), "whm-moved-here"))
}

/// What was typed to confirm, and why.
#[derive(Deserialize)]
pub struct EndForm {
    confirm: String,
    reason: String,
}

/// `POST /whm/subscriptions/{id}/terminate`
pub async fn terminate(
    staff: Fresh<can::TerminateSubscriptions>,
    id: Path<SubscriptionId>,
    SafeForm(form): SafeForm<EndForm>,
) -> Result<HttpResponse, WebError> {
    let back = format!("{HOME}/{id}");
    let view = find::view(&staff.ctx, &id).await?;
    if form.confirm.trim() != view.plan.code {
        return Ok(not_confirmed(&back));
    }
    cancel::terminate(&staff.ctx, &id, Some(&form.reason)).await?;
    Ok(done(&back, "whm-terminated"))
}
