//! Lists with a million invoices behind them, at their first page and at their last.
use super::{
    load, pages,
    place::Place,
    say,
    volume::{self, Size},
};
use anyhow::Context;
use entity::{
    billing::invoice,
    customers::{customer, member},
    ordering::order,
    payments::payment,
    subscriptions::subscription,
};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseConnection, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use std::sync::Arc;
use yumna::{
    app::services,
    kernel::{clock::SystemClock, page::cursor_of},
};

/// Customers with ten invoices each.
const CUSTOMERS: i64 = 100_000;
/// Invoices of the customer whose own list is looked at.
const OF_THE_LARGEST: i64 = 10_000;
/// Rows of a last page at most.
const ROWS: u64 = 10;
const SECONDS: u32 = 8;

/// Requests per second of the lists of staff, and of the customer with the most invoices.
pub async fn measure() -> anyhow::Result<()> {
    let place = Place::fresh().await?;
    pages::until_something_runs(&place).await?;
    let services = services::build(place.config(), Arc::new(SystemClock), false).await?;
    let people = volume::write(&services.db, &Size { customers: CUSTOMERS, largest: Some(OF_THE_LARGEST) }).await?;
    services.db.execute_unprepared("ANALYZE").await?;
    let largest = people.largest.context("nobody has the most invoices")?;
    let staff = pages::sign_in(&services, std::iter::repeat(&people.staff)).await?;
    let owner = pages::sign_in(&services, std::iter::repeat(&largest)).await?;
    let db = &services.db;
    let his = member::Entity::find().filter(member::Column::UserId.eq(largest.as_str())).one(db).await?;
    let his = invoice::Column::CustomerId.eq(&his.context("he owns no account")?.customer_id);
    let lists = [
        ("the largest customer's invoices", "/panel/invoices", &owner, last(db, invoice::Column::Id, Some(his)).await?),
        ("WHM invoices", "/whm/invoices", &staff, last(db, invoice::Column::Id, None).await?),
        ("WHM payments", "/whm/payments", &staff, last(db, payment::Column::Id, None).await?),
        ("WHM customers", "/whm/customers", &staff, last(db, customer::Column::Id, None).await?),
        ("WHM orders", "/whm/orders", &staff, last(db, order::Column::Id, None).await?),
        ("WHM contracts", "/whm/subscriptions", &staff, last(db, subscription::Column::Id, None).await?),
    ];
    services.db.clone().close().await?;

    let running = place.serve().await?;
    for (list, path, cookies, cursor) in lists {
        for (end, path) in [("first", path.to_owned()), ("last", format!("{path}?cursor={cursor}"))] {
            let requests: Vec<_> = cookies.iter().map(|cookie| pages::get(&path, cookie, "identity")).collect();
            load::run(place.folder.path(), &running.base, &requests, 1).await?;
            let outcome = load::run(place.folder.path(), &running.base, &requests, SECONDS).await?;
            say(&format!("{list}, {end} page, {}", place.database()), outcome);
        }
    }
    drop(running);
    place.leave().await
}

/// The cursor of a table's last page, as its lists read it: by keys, newest first.
async fn last<C: ColumnTrait>(
    db: &DatabaseConnection,
    key: C,
    only: Option<sea_orm::sea_query::SimpleExpr>,
) -> anyhow::Result<String>
where
    C::EntityName: EntityTrait,
{
    let mut find = C::EntityName::find().select_only().column(key).order_by_asc(key).offset(ROWS).limit(1);
    if let Some(only) = only {
        find = find.filter(only);
    }
    let key: String = find.into_tuple().one(db).await?.context("a list without a last page")?;
    Ok(cursor_of(&key))
}
