//! What staff look for: one word against everything that has a name, a number, an address or an id.
use crate::{
    domain::{
        Ctx,
        billing::invoice::Bill,
        customers::{self, Filter, Listed},
    },
    kernel::{
        db::begins_with,
        page::PageRequest,
        permission::{Permission, can},
    },
};
use entity::{
    billing::invoice,
    ordering::{order, quote},
    payments::payment,
    provisioning::instance,
    value::CustomerId,
};
use sea_orm::{
    ColumnTrait, Condition, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, SimpleExpr},
};
use std::collections::HashMap;

/// Hits of a kind that are read.
pub const MOST: u64 = 10;

/// What was found, newest first, at most [`MOST`] of each kind.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// By the beginning of name, company or address.
    pub customers: Vec<Listed>,
    /// By the beginning of the number.
    pub invoices: Vec<Bill>,
    /// By the beginning of the number.
    pub orders: Vec<order::Model>,
    /// By the beginning of the number.
    pub quotes: Vec<quote::Model>,
    /// By the beginning of name or address.
    pub instances: Vec<instance::Model>,
    /// By the whole reference.
    pub payments: Vec<payment::Model>,
    /// Names of the customers of all of these.
    pub names: HashMap<CustomerId, String>,
}

/// Looks for `words` in what `may` (the code of a permission) allows to be read: at most seven statements.
///
/// # Errors
/// The database.
pub async fn search(ctx: &Ctx, words: &str, may: impl Fn(&str) -> bool) -> Result<Found, DbErr> {
    let words = words.trim();
    let mut found = Found::default();
    if words.is_empty() {
        return Ok(found);
    }
    let (db, number) = (&ctx.db, words.to_uppercase());
    if may(can::ReadCustomers::CODE) {
        let filter = Filter { search: Some(words.to_owned()), status: None };
        found.customers = customers::list(db, &filter, &PageRequest { after: None, limit: MOST }).await?.rows;
    }
    if may(can::ReadInvoices::CODE) {
        let wanted = begins_with(db, Expr::col(invoice::Column::Number), &number);
        let select = invoice::Entity::find().filter(wanted).order_by_desc(invoice::Column::Id);
        found.invoices = select.limit(MOST).into_partial_model().all(db).await?;
    }
    if may(can::ReadOrders::CODE) {
        let wanted = begins_with(db, Expr::col(order::Column::Number), &number);
        let select = order::Entity::find().filter(wanted).order_by_desc(order::Column::Id);
        found.orders = select.limit(MOST).all(db).await?;
    }
    if may(can::ReadQuotes::CODE) {
        let wanted = begins_with(db, Expr::col(quote::Column::Number), &number);
        let select = quote::Entity::find().filter(wanted).order_by_desc(quote::Column::Id);
        found.quotes = select.limit(MOST).all(db).await?;
    }
    if may(can::ReadInstances::CODE) {
        let place = host_of(words);
        let begins = |column: instance::Column| -> SimpleExpr { begins_with(db, Expr::col(column), &place) };
        let wanted = Condition::any().add(begins(instance::Column::Name)).add(begins(instance::Column::Host));
        let select = instance::Entity::find().filter(wanted).order_by_desc(instance::Column::Id);
        found.instances = select.limit(MOST).all(db).await?;
    }
    if may(can::ReadPayments::CODE) {
        let select = payment::Entity::find().filter(payment::Column::Reference.eq(number.as_str()));
        found.payments = select.limit(MOST).all(db).await?;
    }
    let owners = found.invoices.iter().map(|row| &row.customer_id);
    let owners = owners.chain(found.orders.iter().map(|row| &row.customer_id));
    let owners = owners.chain(found.quotes.iter().map(|row| &row.customer_id));
    let owners = owners.chain(found.instances.iter().map(|row| &row.customer_id));
    let owners = owners.chain(found.payments.iter().map(|row| &row.customer_id));
    found.names = customers::names_of(db, owners.cloned().collect::<Vec<_>>()).await?;
    Ok(found)
}

/// The host of what was typed: an address copied from a browser, or the host itself.
fn host_of(words: &str) -> String {
    let words = words.to_lowercase();
    let rest = words.split_once("://").map_or(words.as_str(), |(_, rest)| rest);
    rest.split(['/', ':', '?']).next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_from_the_browser_is_its_host() {
        assert_eq!(host_of("http://N8N-x58ygg.localhost:43161/home?a=b"), "n8n-x58ygg.localhost");
        assert_eq!((host_of("n8n-x58"), host_of("://")), ("n8n-x58".into(), String::new()));
    }
}
