//! The migrated schema holds every column of every row shape.
use crate::{support::World, tidy::rust_files};
use migration::{Migrator, MigratorTrait};
use sea_orm::{
    ConnectionTrait, EntityTrait, QuerySelect, SqlxPostgresConnector, TransactionTrait, sqlx::postgres::PgPoolOptions,
};
use std::{collections::BTreeSet, time::Duration};
use yumna::{
    app::schema::{self, MIGRATION_LOCK},
    kernel::db,
};

/// Reads a row of each shape; gives the files the shapes are written in.
macro_rules! every_table_can_be_read {
    ($db:expr, $($context:ident::$shape:ident),* $(,)?) => {{
        $(
            let name = concat!(stringify!($context), "::", stringify!($shape));
            entity::$context::$shape::Entity::find().limit(1).all($db).await.expect(name);
        )*
        [$(concat!("entity/src/", stringify!($context), "/", stringify!($shape), ".rs")),*]
    }};
}

#[test]
fn every_step_of_the_schema_is_whole_or_not_there() {
    let steps = Migrator::migrations();
    let halves: Vec<&str> =
        steps.iter().filter(|step| step.use_transaction() != Some(true)).map(|step| step.name()).collect();
    assert!(halves.is_empty(), "killed in the middle of these, a program on SQLite never starts again: {halves:?}");
}

#[tokio::test]
async fn every_column_of_every_row_shape_exists() {
    let world = World::new().await;
    let db = &world.services.db;
    let read = every_table_can_be_read!(
        db,
        identity::user,
        identity::role,
        identity::role_permission,
        identity::user_role,
        identity::session,
        identity::refresh_token,
        identity::email_verification,
        identity::password_reset,
        identity::login_attempt,
        identity::totp_secret,
        identity::recovery_code,
        identity::step_up,
        customers::customer,
        customers::member,
        customers::consent,
        customers::note,
        catalog::category,
        catalog::service_template,
        catalog::product,
        catalog::plan,
        catalog::price,
        catalog::plan_feature,
        catalog::product_option,
        catalog::waitlist_entry,
        catalog::coupon,
        ordering::coupon_redemption,
        ordering::cart,
        ordering::cart_item,
        ordering::order,
        ordering::order_item,
        ordering::quota_reservation,
        ordering::quote,
        ordering::quote_item,
        reports::report_mail,
        ledger::account,
        ledger::transaction,
        ledger::entry,
        ledger::wallet_transaction,
        ledger::check,
        ledger::period,
        ledger::opening_balance,
        billing::tax_rule,
        billing::withholding,
        billing::number_series,
        billing::invoice,
        billing::invoice_item,
        billing::invoice_tax,
        billing::credit_note,
        billing::late_fee,
        billing::late_fee_exemption,
        billing::credit_note_item,
        billing::write_off,
        billing::write_off_item,
        billing::revenue_schedule,
        payments::payment_account,
        payments::payment,
        payments::bundle,
        payments::bundle_item,
        payments::gateway_event,
        payments::refund,
        payments::transfer,
        payments::proof,
        payments::dispute,
        payments::gateway_difference,
        payments::settlement,
        payments::settlement_line,
        takeover::import,
        takeover::import_row,
        takeover::import_link,
        payments::unallocated_money,
        subscriptions::subscription,
        subscriptions::automation_pause,
        subscriptions::trial,
        subscriptions::dunning_step,
        subscriptions::skipped_step,
        provisioning::backup,
        subscriptions::plan_change,
        ledger::wallet_hold,
        ledger::wallet_payout,
        customers::merge,
        billing::moved_document,
        subscriptions::cycle,
        subscriptions::hold,
        provisioning::cluster,
        provisioning::cluster_node,
        provisioning::node_drain,
        provisioning::placement,
        provisioning::instance,
        provisioning::task,
        provisioning::step,
        provisioning::usage_sample,
        provisioning::trouble,
        provisioning::uptime_watch,
        provisioning::uptime_day,
        provisioning::uptime_outage,
        provisioning::orphan,
        provisioning::custom_domain,
        messaging::message,
        messaging::suppression,
        platform::outbox_event,
        platform::outbox_delivery,
        platform::job,
        platform::schedule,
        platform::saga,
        platform::audit_log,
        platform::idempotency_key,
        platform::setting,
        platform::file,
        platform::alert,
        platform::approval
    );

    let shapes = rust_files("entity/src").into_iter().filter(|(_, text)| text.contains("table_name = "));
    let shapes: BTreeSet<String> = shapes.map(|(path, _)| path.display().to_string()).collect();
    assert_eq!(read.map(str::to_owned).into_iter().collect::<BTreeSet<_>>(), shapes, "a row shape nobody read");
}

#[tokio::test]
async fn who_waits_for_another_node_to_migrate_is_not_cut_short() {
    let world = World::new().await;
    if !db::is_postgres(&world.services.db) {
        return; // SQLite knows no such limit.
    }
    let options = (*world.services.db.get_postgres_connection_pool().connect_options()).clone();
    let hasty = options.options([("statement_timeout", "1s")]);
    let hasty = SqlxPostgresConnector::from_sqlx_postgres_pool(PgPoolOptions::new().connect_lazy_with(hasty));
    let another_node = world.services.db.begin().await.unwrap();
    another_node.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")).await.unwrap();

    let migrating = tokio::spawn(async move { schema::empty(&hasty).await });
    tokio::time::sleep(Duration::from_millis(3000)).await;
    another_node.commit().await.unwrap();

    migrating.await.unwrap().unwrap();
    assert!(schema::pending(&world.services.db).await.unwrap().is_empty());
}
