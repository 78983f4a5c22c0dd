//! Who waits for room in which plan: who has paid first, then who only wants to be told. Money that waits can go back.
use super::{
    ReasonForm, done, plans,
    query::ListQuery,
    view::{Action, Cell, Field, ListPage, Table},
};
use crate::{
    domain::{
        catalog::{
            queue::{self, Filter, Kind, Place},
            waitlist,
        },
        customers, ordering,
        subscriptions::SubscriptionView,
    },
    kernel::{fault::CommonFault, permission::can},
    web::{
        WebError,
        forms::SafeForm,
        frame::Frame,
        principal::{Fresh, Staff},
        respond,
    },
};
use actix_web::{
    HttpResponse,
    web::{self, Path, Query, ServiceConfig},
};
use entity::value::{CustomerId, SubscriptionId, SubscriptionStatus};
use std::collections::HashMap;

/// The list.
pub(super) const HOME: &str = "/whm/waiting";

pub(super) fn routes(config: &mut ServiceConfig) {
    config.route("/waiting", web::get().to(list)).route("/subscriptions/{id}/refund", web::post().to(refund));
}

/// `GET /whm/waiting`
pub async fn list(staff: Staff<can::ReadCatalog>, query: Query<ListQuery>) -> Result<HttpResponse, WebError> {
    let db = &staff.ctx.db;
    let filter = Filter {
        customer_id: query.of_customer().map(CustomerId::from),
        plan_id: None,
        code: query.search().map(|code| code.to_lowercase()),
        kind: Kind::parse(query.state()),
    };
    let page = queue::list(db, &filter, &query.page()).await.map_err(CommonFault::from)?;
    let ids = page.rows.iter().map(|(row, ..)| row.customer_id.clone());
    let names = customers::names_of(db, ids).await.map_err(CommonFault::from)?;
    respond::page(&list_page(staff.frame(), &query, &page.rows, &names, page.next_cursor.as_deref()))
}

pub(super) fn list_page(
    frame: Frame,
    query: &ListQuery,
    rows: &[Place],
    names: &HashMap<CustomerId, String>,
    next: Option<&str>,
) -> ListPage {
    let columns = [
        (frame.t("whm-customer"), "cell-main"),
        (frame.t("whm-plan"), "cell-sub"),
        (frame.t("whm-waiting-kind"), ""),
        (frame.t("whm-waiting-since"), "cell-side"),
        (frame.t("whm-waiting-until"), ""),
        (frame.t("whm-waiting-contract"), ""),
    ];
    let cells = rows.iter().map(|(row, plan, product)| {
        let contract = row.subscription_id.as_ref();
        let until = contract.map(|_| waitlist::ends_at(row));
        let kind = match Kind::of(row) {
            // What ran before is not told from what never did by its kind alone.
            Kind::Paid if row.cycle_number.is_some_and(|number| number > 1) => "back",
            kind => kind.as_str(),
        };
        vec![
            Cell::customer(names.get(&row.customer_id), row.customer_id.as_str()),
            Cell::link(format!("{} {}", product.name, plan.name), format!("{}/{}", plans::HOME, plan.id)),
            Cell::Text(frame.word("waiting-kind", kind)),
            Cell::Time(row.paid_at.unwrap_or(row.created_at)),
            Cell::maybe_time(until),
            contract.map_or(Cell::Nothing, |id| Cell::link(frame.t("action-open"), format!("/whm/subscriptions/{id}"))),
        ]
    });
    let kinds = Kind::ALL.map(Kind::as_str);
    ListPage {
        title: frame.t("nav-waiting"),
        subtitle: frame.t("whm-waiting-text"),
        actions: Vec::new(),
        search: (HOME.to_owned(), query.search().unwrap_or_default(), frame.t("whm-waiting-search")),
        chips: query.chips(&frame, HOME, "waiting-kind", &kinds),
        table: Table::new(frame.t("nav-waiting"), columns).with(cells),
        is_filtered: query.is_filtered(),
        home: HOME.to_owned(),
        is_later: query.cursor.is_some(),
        next: query.next(HOME, next),
        frame,
    }
}

/// What is said of a contract that waits for room.
pub(super) fn words(frame: &Frame, view: &SubscriptionView) -> String {
    let ran = view.subscription.status == SubscriptionStatus::Suspended;
    frame.t(if ran { "whm-waiting-again" } else { "whm-waiting-slot" })
}

/// Giving the money of a contract that waits for room back.
pub(super) fn refund_action(frame: &Frame, view: &SubscriptionView) -> Action {
    let id = &view.subscription.id;
    let ran = view.subscription.status == SubscriptionStatus::Suspended;
    let text = frame.t(if ran { "whm-waiting-refund-again-text" } else { "whm-waiting-refund-text" });
    let to = format!("/whm/subscriptions/{id}/refund");
    Action::ask(frame.t("whm-waiting-refund"), text, "refund", to, "receipt-refund")
        .danger()
        .with(vec![Field::line("reason", frame.t("whm-reason"))])
}

/// `POST /whm/subscriptions/{id}/refund`
pub async fn refund(
    staff: Fresh<can::RefundPayments>,
    id: Path<SubscriptionId>,
    SafeForm(form): SafeForm<ReasonForm>,
) -> Result<HttpResponse, WebError> {
    ordering::refund_waiting_for(&staff.ctx, &id, &form.reason).await?;
    Ok(done(&format!("/whm/subscriptions/{id}"), "whm-waiting-refunded"))
}
