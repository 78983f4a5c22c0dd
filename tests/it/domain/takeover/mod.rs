//! Running customers taken over from another system: looked at, taken over once, billed from their next due date on.
mod contracts;
mod customers;
mod runs;

use crate::support::{World, driver::Scripted, shop::GHOST, town::begins};
use chrono::{DateTime, Utc};
use entity::{
    customers::customer,
    subscriptions::subscription,
    takeover::{import, import_link, import_row},
    value::{CustomerId, ImportKind, ImportVerdict, PurchasePolicy},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use std::sync::Arc;
use yumna::domain::{
    ledger,
    takeover::{self, Options, Preview},
};

pub(super) const CLIENTS: &str = include_str!("tblclients.csv");
pub(super) const HOSTING: &str = include_str!("tblhosting.csv");

/// Decisions that let everything through.
pub(super) const ALL: Options = Options {
    link_known_mail: true,
    invite: false,
    allow_over_quota: true,
    bill_overdue: true,
    prices_include_tax: false,
};

/// A shop with one plan of `quota` slots, to which people move.
pub(super) async fn shop(policy: PurchasePolicy, quota: i64) -> World {
    let world = World::with(|services| services.drivers = vec![Arc::new(Scripted::default())]).await;
    world.open_shop().await;
    world.cluster("Jakarta 1", 640_000).await;
    let ghost = world.service(GHOST, policy).await;
    world.plan(&ghost, "ghost-basic", 1, quota).await;
    world
}

/// The world's clock stands at this instant, later or earlier.
pub(super) fn moves_to(world: &World, text: &str) {
    let at: DateTime<Utc> = text.parse().unwrap();
    world.advance(at - world.services.clock.now());
}

/// Sends a file of the system `whmcs` in.
pub(super) async fn sends(world: &World, kind: ImportKind, options: Options, table: &str) -> import::Model {
    takeover::send_in(&world.staff("ana"), kind, "whmcs", options, table.as_bytes().to_vec()).await.unwrap()
}

/// What a dry run says of a file.
pub(super) async fn looks(world: &World, kind: ImportKind, options: Options, table: &str) -> Preview {
    let draft = sends(world, kind, options, table).await;
    let preview = takeover::preview(&world.staff("ana"), &draft.id).await.unwrap();
    takeover::discard(&world.staff("ana"), &draft.id).await.unwrap();
    preview
}

/// Takes a file over and does everything that follows.
pub(super) async fn takes(world: &World, kind: ImportKind, options: Options, table: &str) -> import::Model {
    let draft = sends(world, kind, options, table).await;
    begins(&world.staff("ana"), &draft.id).await.unwrap();
    world.settle_down().await;
    takeover::get(&world.system(), &draft.id).await.unwrap()
}

/// Key, verdict and reasons (`field code`) of the rows of a dry run.
pub(super) fn told(preview: &Preview) -> Vec<(String, ImportVerdict, Vec<String>)> {
    let words = |of: &(takeover::Row, takeover::Finding)| {
        let reasons = of.1.reasons.iter().map(|reason| format!("{} {}", reason.field, reason.code));
        (of.0.key.clone(), of.1.verdict, reasons.collect())
    };
    preview.findings.iter().map(words).collect()
}

/// Key, verdict and whether something is there, of the rows of a file that was taken over.
pub(super) async fn came(world: &World, import: &import::Model) -> Vec<(String, ImportVerdict, bool)> {
    let rows = import_row::Entity::find()
        .filter(import_row::Column::ImportId.eq(&import.id))
        .order_by_asc(import_row::Column::Number)
        .all(&world.services.db)
        .await
        .unwrap();
    rows.into_iter().map(|row| (row.source_key, row.verdict, row.target_id.is_some())).collect()
}

/// Which of ours something of the other system is.
pub(super) async fn link(world: &World, kind: ImportKind, key: &str) -> import_link::Model {
    let found = import_link::Entity::find()
        .filter(import_link::Column::Source.eq("whmcs"))
        .filter(import_link::Column::Kind.eq(kind))
        .filter(import_link::Column::SourceKey.eq(key));
    found.one(&world.services.db).await.unwrap().unwrap()
}

/// The customer with this key.
pub(super) async fn customer(world: &World, key: &str) -> customer::Model {
    let id = link(world, ImportKind::Customers, key).await.customer_id;
    yumna::domain::customers::get(&world.services.db, &id).await.unwrap()
}

/// The contract with this key, as it is now.
pub(super) async fn contract(world: &World, key: &str) -> subscription::Model {
    let id = link(world, ImportKind::Contracts, key).await.target_id;
    subscription::Entity::find_by_id(id).one(&world.services.db).await.unwrap().unwrap()
}

/// What a wallet has to spend.
pub(super) async fn wallet(world: &World, id: &CustomerId) -> i64 {
    ledger::balance_minor(&world.services.db, id, "IDR").await.unwrap()
}
